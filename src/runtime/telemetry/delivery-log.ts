import type { Log } from '../../base/log.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { Delivery } from '../loop/delivery.ts'
import { tolerantHeaders } from '../messages/wire.ts'
import { maskedLog, traceIdOf } from './masked-log.ts'

/** A log for what concerns one delivery: its lines lead to what has caused it, and have no personal data of it. */
export function deliveryLog(log: Log, event: Delivery | undefined, { correlationId }: MessageFacts): Log {
  const facts = { correlationId: correlationId ?? undefined, traceId: event && traceOfDelivery(event) }
  return maskedLog(log, event?.personal ?? [], facts)
}

function traceOfDelivery(event: Delivery): string | undefined {
  const { received } = event
  try {
    return traceIdOf(received === undefined ? event.meta.traceparent : tolerantHeaders(received)['traceparent'])
  } catch {
    return undefined
  }
}
