import { aggregate, channel, command, event, service, system, t, type AnySystem, type MessageFormat } from 'eventwright'
import { channelMessages, type ChannelMessages } from '../../../src/design/channel-messages.ts'
import { compareLock, lockOf, publishedNumbers } from '../../../src/design/lock-file.ts'
import { protobufDeclarations } from '../../../src/design/lock-protobuf.ts'
import type { OutgoingMessage } from '../../../src/ports/broker.ts'

const first = {
  orderId: t.string(),
  total: t.decimal(12, 2),
  units: t.long(),
  lines: t.array(t.record('OrderLine', { sku: t.string(), quantity: t.int() })),
}

/** Version 1 of the event. */
export const PlacedV1 = event('OrderPlaced', first)
/** Versions 1 and 2. */
export const PlacedV2 = PlacedV1.next(
  { ...first, placedAt: t.timestamp().default('2020-01-01T00:00:00.000Z' as never), note: t.string().optional() },
  (old) => ({ ...old, placedAt: '2021-02-03T04:05:06.000Z' as never, note: `upcast ${old.orderId}` }),
)
const PlaceOrder = command('PlaceOrder', { orderId: t.string(), units: t.long() })

/** A system whose service `orders` writes the event to the channel `orders` in a format. */
export function ordersIn(format: MessageFormat, Placed: typeof PlacedV1 = PlacedV1): AnySystem {
  const Order = aggregate('Order', {
    events: [Placed],
    commands: [PlaceOrder],
    id: (c) => c.orderId,
    initial: () => ({}),
  })
    .evolve({ OrderPlaced: (state) => state })
    .decide({ PlaceOrder: () => [] })
  const orders = channel('orders', { carries: [Placed], key: 'orderId', format })
  const commands = channel('orders.commands', { carries: [PlaceOrder], key: 'orderId', format })
  return system('shop', { services: [service('orders', { parts: [Order], publishes: [orders, commands] })] })
}

/** What a codec is opened with. */
export function partsOf(design: AnySystem): {
  readonly channels: readonly ChannelMessages[]
  readonly numbers: ReturnType<typeof publishedNumbers>
} {
  const { text } = compareLock(undefined, lockOf(design), protobufDeclarations(design))
  const channels = channelMessages(design.graph, new Set(design.graph.services.keys()))
  return { channels, numbers: publishedNumbers(text) }
}

/** An event as the relay sends it. */
export function placed(id: string, data: object, version = 1): OutgoingMessage {
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: 'orders',
    ce_type: 'orders.OrderPlaced',
    ce_time: '2026-01-02T03:04:05.000Z',
    ce_subject: `Order/${id}`,
    ce_correlationid: id,
    ce_causationid: id,
    'content-type': 'application/json',
    ew_schemaversion: String(version),
    ew_version: '1',
    ew_position: '1',
  }
  return { channel: 'orders', key: id, id, headers: JSON.stringify(headers), value: JSON.stringify(data) }
}

/** Data of version 1 as they are stored. */
export const dataV1 = {
  lines: [{ quantity: 2, sku: 'a' }],
  orderId: 'o1',
  total: '12.30',
  units: '9007199254740993',
}
/** Data of version 2 as they are stored. */
export const dataV2 = { ...dataV1, note: 'quick', placedAt: '2026-05-06T07:08:09.010Z' }
