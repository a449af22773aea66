import { channel, event, isRejection, subscription, t } from 'eventwright'
import { CancelOrder, OrderCancelled, OrderConfirmed, OrderCreated, orderEvents, ReserveStock, StockReserved } from './shop.ts'

// From events of the store; handlers are optional; a command is executed with its reply and refusals typed.
export const Reserving = subscription('reserving', {
  from: [OrderCreated, OrderConfirmed], key: e => e.orderId, startAt: 'now', concurrency: 4, objectives: { lag: 100, staleness: '1m' },
  retry: { maxAttempts: 'forever', initial: '100ms', factor: 2, max: '1m' },
}).on({
  OrderCreated: async (e, { execute }) => {
    const reserved = await execute(ReserveStock({ sku: e.items[0]!.sku, quantity: 1 }))
    const left: number = isRejection(reserved) ? 0 : reserved.left
    return left
  },
})
// Later: from now on or at an instant, with or without a key, given up by its key.
export const Later = subscription('later', { from: [OrderCreated, OrderConfirmed] }).on({
  OrderCreated: (e, { schedule, meta }) => {
    const cancel = CancelOrder({ orderId: e.orderId, reason: 'late' })
    for (const at of ['24h', meta.occurredAt, new Date(0)]) schedule(cancel, at, { key: e.orderId })
    schedule(cancel, '1.5s')
  },
  OrderConfirmed: (e, { unschedule }) => unschedule(e.orderId),
})
export const mixed = channel('mixed', { carries: [OrderConfirmed, CancelOrder], key: 'orderId' })

// @ts-expect-error not every message has the key
channel('x', { carries: [OrderCreated, StockReserved], key: 'orderId' })
// @ts-expect-error no message has the key
channel('x', { carries: [OrderCreated], key: 'nope' })
// @ts-expect-error not a duration
channel('x', { carries: [OrderCreated], key: 'orderId', retention: '7 days' })
// @ts-expect-error no such compression
channel('x', { carries: [OrderCreated], key: 'orderId', kafka: { compression: 'zip' } })
// @ts-expect-error a lag is a number
subscription('x', { from: [OrderCreated], objectives: { lag: '5s' } })
// @ts-expect-error the channel carries no such event
subscription('x', { from: orderEvents }).on({ StockReserved: () => {} })
// @ts-expect-error the list has no such event
subscription('x', { from: [OrderCreated] }).on({ OrderConfirmed: () => {} })
// @ts-expect-error the event has no such field
subscription('x', { from: orderEvents }).on({ OrderConfirmed: e => e.total })
// @ts-expect-error the key must be in every event
subscription('x', { from: orderEvents, key: e => e.total.currency })
// @ts-expect-error an event where a command belongs
subscription('x', { from: orderEvents }).on({ OrderConfirmed: (e, { send }) => send(OrderCancelled(e)) })
// @ts-expect-error an event cannot be executed
subscription('x', { from: orderEvents }).on({ OrderConfirmed: (e, { execute }) => execute(OrderCancelled(e)) })
// @ts-expect-error an event cannot be scheduled
subscription('x', { from: orderEvents }).on({ OrderConfirmed: (e, { schedule }) => schedule(OrderConfirmed(e), '1h') })
// @ts-expect-error a number is no time
subscription('x', { from: orderEvents }).on({ OrderConfirmed: (e, { schedule }) => schedule(CancelOrder({ orderId: e.orderId, reason: '' }), 5) })
// @ts-expect-error a key is needed to give up
subscription('x', { from: orderEvents }).on({ OrderConfirmed: (_, { unschedule }) => unschedule() })
// @ts-expect-error not a duration
subscription('x', { from: orderEvents, retry: { initial: 'soon' } })
// @ts-expect-error a command is no source
subscription('x', { from: [CancelOrder] })
// @ts-expect-error the message has no such field
event('Y', { id: t.string() })({ id: 'y', other: 1 })
