import type { Log } from '../../base/log.ts'
import type { Telemetry } from '../../ports/telemetry.ts'

/** A log whose lines name the span within which they are written, as `traceId` and `spanId`, unless they name a trace. */
export function correlatedLog(log: Log, telemetry: Telemetry | undefined): Log {
  if (telemetry === undefined) return log
  const line =
    (write: Log['info']): Log['info'] =>
    (message, fields) => {
      const [, traceId, spanId] = telemetry.active().traceparent?.split('-') ?? []
      const isToBeNamed = traceId !== undefined && fields?.['traceId'] === undefined
      write(message, isToBeNamed ? { traceId, spanId, ...fields } : fields)
    }
  return {
    info: line((...given) => log.info(...given)),
    warn: line((...given) => log.warn(...given)),
    error: line((...given) => log.error(...given)),
  }
}
