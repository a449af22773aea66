import type { Meta } from '../../design/meta.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import { traceOf, type Telemetry, type TraceContext } from '../../ports/telemetry.ts'
import type { Delivery } from '../loop/delivery.ts'
import { WrappedDelivery } from '../loop/wrapped-delivery.ts'
import { tolerantHeaders } from '../messages/wire.ts'
import { handleSpan, processSpan } from './span-names.ts'
import { spanned } from './spans.ts'

/** Tells of what one consumer is delivered, an attempt a span. */
export class DeliverySpans {
  readonly #telemetry: Telemetry
  readonly #broker: string
  readonly #consumer: string

  constructor(telemetry: Telemetry, broker: string, consumer: string) {
    this.#telemetry = telemetry
    this.#broker = broker
    this.#consumer = consumer
  }

  /** Works on what comes, from the log or a channel, which `work` gets as something that the span has caused. */
  handled<T>(
    event: Delivery,
    attempt: number,
    work: (event: Delivery, within: TraceContext) => Promise<T> | T,
  ): Promise<T> {
    const { received } = event
    if (received !== undefined)
      return this.taken(received, attempt, (trace) => work(new DeliveryWithin(event, trace), trace))
    const { id, correlationId } = event.meta
    const facts = { id, correlationId, type: event.type }
    const start = { ...handleSpan(facts, this.#consumer, attempt), parent: traceOf(event.meta) }
    return spanned(this.#telemetry, start, (span) => work(new DeliveryWithin(event, span.trace), span.trace))
  }

  /** Works on a message of a channel. Its span is a child of the one that has sent it, and linked to it. */
  taken<T>(message: ChannelMessage, attempt: number, work: (trace: TraceContext) => Promise<T> | T): Promise<T> {
    const headers = tolerantHeaders(message)
    const parent = traceOf(headers)
    const start = processSpan(this.#broker, { ...message, headers }, this.#consumer, attempt)
    const links = parent.traceparent === undefined ? [] : [parent]
    return spanned(this.#telemetry, { ...start, parent, links }, (span) => work(span.trace))
  }
}

/** The spans of a consumer; undefined without telemetry. */
export function deliverySpans(
  telemetry: Telemetry | undefined,
  broker: { readonly name: string } | null,
  consumer: string,
): DeliverySpans | undefined {
  return telemetry === undefined ? undefined : new DeliverySpans(telemetry, broker?.name ?? '', consumer)
}

/** A delivery as its handler sees it: what it causes is caused by the span of its handling. */
class DeliveryWithin extends WrappedDelivery {
  readonly #trace: TraceContext
  #meta: Meta | undefined

  constructor(event: Delivery, trace: TraceContext) {
    super(event)
    this.#trace = trace
  }
  override get meta(): Meta {
    return (this.#meta ??= metaWithin(this.inner.meta, this.#trace))
  }
}

/** The members of a meta may be getters. */
function metaWithin(meta: Meta, trace: TraceContext): Meta {
  const { id, stream, version, position, occurredAt, recordedAt, correlationId, causationId, actor, tenant } = meta
  const place = { id, stream, version, position, occurredAt, recordedAt, correlationId, causationId }
  const who = { ...(actor !== undefined && { actor }), ...(tenant !== undefined && { tenant }) }
  return { ...place, ...(trace.traceparent === undefined ? traceOf(meta) : trace), ...who }
}
