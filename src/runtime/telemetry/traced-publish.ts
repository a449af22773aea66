import type { Broker, OutgoingMessage, PublishOutcome } from '../../ports/broker.ts'
import { traceOf, type Telemetry } from '../../ports/telemetry.ts'
import { tolerantHeaders } from '../messages/wire.ts'
import { sendSpan } from './span-names.ts'
import { failureName } from './spans.ts'

/**
 * Publishes messages, each in a span of its own, whatever else goes in the same call, which is in the headers that the
 * message travels with. A message that comes again after a crash has another one.
 */
export async function tracedPublish(
  telemetry: Telemetry,
  broker: Broker,
  messages: readonly OutgoingMessage[],
): Promise<readonly PublishOutcome[]> {
  const sending = messages.map((message) => {
    const headers = tolerantHeaders(message)
    const span = telemetry.begin({ ...sendSpan(broker.name, message, headers), parent: traceOf(headers) })
    // What has no headers that can be read is no less to be sent.
    const isTold = span.trace.traceparent !== undefined && headers['ce_id'] !== undefined
    return { span, message: isTold ? { ...message, headers: JSON.stringify({ ...headers, ...span.trace }) } : message }
  })
  try {
    const outcomes = await broker.publish(sending.map(({ message }) => message))
    for (const [index, { span }] of sending.entries()) {
      const kind = outcomes[index]?.kind
      span.end(kind === 'refused' ? 'EW_MESSAGE_REFUSED' : kind === 'skipped' ? 'skipped' : undefined)
    }
    return outcomes
  } catch (error) {
    for (const { span } of sending) span.end(failureName(error))
    throw error
  }
}
