import { channel, service, subscription, system } from 'eventwright'
import type { ChannelSpec, OutgoingMessage } from 'eventwright/ports'
import { Order, orderData, OrderPlaced } from '../store/orders.ts'
import { nextId } from '../store/raw-event.ts'

const placed = channel('placed', { carries: [OrderPlaced], key: 'orderId' })

/** The group that reads the channel, which is the name of its consumer. */
export const group = 'readers/subscription:reading'

/** The consumer that brings events from the log into the channel. */
export const relay = 'orders/relay:placed'

/** Orders that one service places and another one hears of; `heard` is called for each. */
export function parcels(heard: () => void) {
  return system('bench', {
    services: [
      service('orders', { parts: [Order], publishes: [placed], owner: 'bench' }),
      service('readers', {
        parts: [subscription('reading', { from: placed }).on({ OrderPlaced: heard })],
        owner: 'bench',
      }),
    ],
  })
}

/** The partitions of the channel. */
export const partitions = 4

/** The channel as the system declares it. */
export const parcelChannel: ChannelSpec = {
  name: placed.name,
  partitions,
  retentionMs: 7 * 24 * 3_600_000,
  kafka: {},
  rabbitmq: {},
  groups: [group],
}

/** All channels that a running system of them makes, which is also the one of its commands. */
export const parcelChannels: readonly ChannelSpec[] = [
  parcelChannel,
  { ...parcelChannel, name: 'orders.commands', groups: ['orders/commands'] },
]

/** One order as the relay writes it: about 250 bytes of JSON, and as much again in headers. */
export function parcel(n: number): OutgoingMessage {
  const orderId = `order-${n}`
  const now = Date.now()
  return {
    channel: placed.name,
    key: orderId,
    ...written(nextId(now), `Order/${orderId}`, n, 1, now, orderData(orderId, n)),
  }
}

/** The id, the headers and the value of the message of an event, by hand. */
function written(
  id: string,
  stream: string,
  position: number,
  version: number,
  now: number,
  data: unknown,
): Pick<OutgoingMessage, 'id' | 'headers' | 'value'> {
  const headers = headersOf({ id, stream, position: position + 1, version, occurredMs: now, recordedMs: now, meta: {} })
  return { id, headers: JSON.stringify(headers), value: JSON.stringify(data) }
}

/** What the headers of an event are made of. */
export interface EventFacts {
  readonly id: string
  readonly stream: string
  readonly position: number
  readonly version: number
  readonly occurredMs: number
  readonly recordedMs: number
  readonly meta: { readonly correlationId?: string; readonly causationId?: string }
}

/** The headers by which an order travels. */
export function headersOf(event: EventFacts): Readonly<Record<string, string>> {
  const { id, stream, position, version, occurredMs, recordedMs, meta } = event
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: 'orders',
    ce_type: 'orders.OrderPlaced',
    ce_time: new Date(occurredMs).toISOString(),
    ce_subject: stream,
    ce_correlationid: meta.correlationId ?? id,
    ce_causationid: meta.causationId ?? id,
    'content-type': 'application/json',
    ew_schemaversion: '1',
    ew_version: String(version),
    ew_position: String(position),
    ew_recordedat: new Date(recordedMs).toISOString(),
  }
}
