import { timestampOf } from '../../base/clock.ts'
import { newId } from '../../base/ids.ts'
import type { Meta } from '../../design/meta.ts'
import type { Broker, ChannelMessage, OutgoingMessage } from '../../ports/broker.ts'
import { partitionOf } from '../../ports/message-decision.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { ChannelEvent } from './channel-event.ts'
import { MessageDelivery } from './message-delivery.ts'
import { refeedRequests } from './refeed-names.ts'
import { bareHeaders, headersText, type ReadHeaders } from './wire.ts'

const requestType = 'ew.RefeedRequested'
const endType = 'ew.RefeedEnded'

/** Who sends a message about a refeed, to whom, and when. */
export interface RefeedSend {
  readonly source: string
  readonly owner: string
  readonly refeed: string
  readonly nowMs: number
}

/** Asks the owner of a channel to send its events again on a derived one. Asking twice is asking once. */
export function refeedRequest({ source, owner, refeed, nowMs }: RefeedSend): OutgoingMessage {
  return plainMessage(refeedRequests(owner), refeed, { source, type: requestType, nowMs, facts: { ew_refeed: refeed } })
}

/** The derived channel that a message asks for; undefined for one that is no request. */
export function requestedRefeed(message: ChannelMessage): string | undefined {
  const { ce_type: type, ew_refeed: refeed } = tolerantHeaders(message)
  return type === requestType && refeed !== undefined && refeed !== '' ? refeed : undefined
}

/** What says, in each partition of a derived channel, that every event up to a position of the log is before it. */
export function refeedEnds(
  broker: Pick<Broker, 'partitionOf'>,
  partitions: number,
  position: number,
  { source, refeed, nowMs }: Omit<RefeedSend, 'owner'>,
): readonly OutgoingMessage[] {
  const facts = { ew_refeedto: String(position) }
  return Array.from({ length: partitions }, (_, partition) =>
    plainMessage(refeed, keyIn(broker, partition, partitions), { source, type: endType, nowMs, facts }),
  )
}

/** The key by which it is remembered that a partition of a derived channel was read to its end. */
export function refeedEndKey(partition: number): string {
  return `refeed-end/${partition}`
}

/** What a derived channel brings: events, or its end. */
export function openRefed(
  message: ChannelMessage,
  eventOf: (message: ChannelMessage) => ChannelEvent,
): ChannelEvent | RefeedEnd {
  const { ce_type: type, ew_refeedto: position } = tolerantHeaders(message)
  return type === endType && position !== undefined ? new RefeedEnd(message, Number(position)) : eventOf(message)
}

/** The end of a partition of a derived channel. Nobody handles it; that it was read is remembered by its key. */
export class RefeedEnd implements Delivery {
  readonly type: string = endType
  readonly position: number
  /** Every event up to this position of the owner's log has come before. */
  readonly to: number
  readonly inboxKey: string
  readonly #message: MessageDelivery

  constructor(message: ChannelMessage, to: number) {
    this.#message = new MessageDelivery(message)
    this.position = this.#message.position
    this.to = to
    this.inboxKey = refeedEndKey(message.partition)
  }
  get key(): string {
    return this.#message.key
  }
  get data(): unknown {
    return this.#message.data
  }
  get raw(): string {
    return this.#message.raw
  }
  get facts(): MessageFacts {
    return this.#message.facts
  }
  get meta(): Meta {
    return this.#message.meta
  }
}

interface Plain {
  readonly source: string
  readonly type: string
  readonly nowMs: number
  readonly facts: { readonly [extension: `ew_${string}`]: string }
}

function plainMessage(channel: string, key: string, { source, type, nowMs, facts }: Plain): OutgoingMessage {
  const id = newId()
  const headers = headersText({
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: type,
    ce_time: timestampOf(nowMs),
    'content-type': 'application/json',
    ...facts,
  })
  return { channel, key, id, headers, value: '{}' }
}

/** A key of a partition; each of them has one in so many on average. */
function keyIn(broker: Pick<Broker, 'partitionOf'>, wanted: number, of: number): string {
  for (let n = 0; ; n++) {
    const key = `end-${n}`
    if ((broker.partitionOf?.(key, of) ?? partitionOf(key, of)) === wanted) return key
  }
}

function tolerantHeaders(message: ChannelMessage): ReadHeaders {
  try {
    return bareHeaders(message)
  } catch {
    return {}
  }
}
