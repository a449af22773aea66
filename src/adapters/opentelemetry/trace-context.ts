import type { SpanContext } from '@opentelemetry/api'
import type { TraceContext } from '../../ports/telemetry.ts'
import type { Api } from './driver.ts'

/** Reads a W3C trace context; undefined for one that is none, as the recommendation asks for. */
export function spanContextOf(api: Api, { traceparent, tracestate }: TraceContext): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = parts.exec(traceparent ?? '') ?? []
  // Later versions may have more to say; version 00 may not.
  if (version === undefined || version === 'ff' || (version === '00' && more !== '')) return undefined
  const context: SpanContext = {
    traceId: traceId!,
    spanId: spanId!,
    traceFlags: Number.parseInt(flags!, 16) & 1,
    isRemote: true,
    ...(tracestate !== undefined && tracestate !== '' && { traceState: api.createTraceState(tracestate) }),
  }
  return api.isSpanContextValid(context) ? context : undefined
}

/** Writes a place in a trace; empty for one that nobody could find. */
export function traceContextOf(api: Api, context: SpanContext): TraceContext {
  if (!api.isSpanContextValid(context)) return {}
  const { traceId, spanId, traceFlags, traceState } = context
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`
  const tracestate = traceState?.serialize() ?? ''
  return tracestate === '' ? { traceparent } : { traceparent, tracestate }
}

const parts = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(|-.*)$/
