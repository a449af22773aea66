import { projection, t } from 'eventwright'
import { z } from 'zod'
import { Money, OrderCancelled, OrderConfirmed, OrderCreated, ReserveStock, StockReserved } from './shop.ts'

const row = { orderId: t.string(), total: Money, status: t.enum('pending', 'confirmed'), at: t.timestamp(), note: t.string().optional() }
const head = projection('orders', { from: [OrderCreated, OrderConfirmed], key: e => e.orderId, row, index: ['status', ['orderId', 'at']] })

// Literals survive, `undefined` deletes, rows may be left as they are.
export const Orders = head.on({
  OrderCreated: (_, e, m) => ({ orderId: m.key, total: e.total, status: 'pending', at: m.occurredAt }),
  OrderConfirmed: row => row?.status === 'pending' ? { ...row, status: 'confirmed' } : undefined,
})
export const Recorded = head.on({
  OrderCreated: (row, e, _m, tx) => {
    tx.run('insert into audit values (?)', [e.orderId])
    return row
  },
  OrderConfirmed: row => row,
})
export const ByItem = projection('by_item', {
  from: [OrderCreated], key: e => e.items.map(({ sku }) => sku), row: z.object({ sku: z.string(), n: z.number() }), index: ['n'],
}).on({ OrderCreated: (row, _e, m) => ({ sku: m.key, n: (row?.n ?? 0) + 1 }) })

// @ts-expect-error a handler is missing
head.on({ OrderCreated: row => row })
// @ts-expect-error a handler for an event that is not read
head.on({ OrderCreated: row => row, OrderConfirmed: row => row, OrderCancelled: row => row })
// @ts-expect-error a column is missing
head.on({ OrderCreated: (_, e) => ({ orderId: e.orderId, total: e.total, status: 'pending' }), OrderConfirmed: row => row })
// @ts-expect-error a column has another type
head.on({ OrderCreated: (_, e, m) => ({ orderId: 1, total: e.total, status: 'pending', at: m.occurredAt }), OrderConfirmed: row => row })
// @ts-expect-error a literal that the column does not have
head.on({ OrderCreated: row => row, OrderConfirmed: row => row && { ...row, status: 'done' } })
// @ts-expect-error the row may not be there
head.on({ OrderCreated: row => row, OrderConfirmed: row => ({ ...row, status: 'confirmed' }) })
// @ts-expect-error an event has no such field
projection('x', { from: [OrderCreated, StockReserved], key: e => e.orderId, row })
// @ts-expect-error an index over a column that is not there
projection('x', { from: [OrderCreated], key: e => e.orderId, row, index: ['customerId'] })
// @ts-expect-error a unique column that is not there
projection('x', { from: [OrderCreated], key: e => e.orderId, row, unique: [['orderId', 'nope']], mode: 'inline' })
// @ts-expect-error no such objective
projection('x', { from: [OrderCreated], key: e => e.orderId, row, objectives: { latency: '5s' } })
// @ts-expect-error a staleness is a duration
projection('x', { from: [OrderCreated], key: e => e.orderId, row, objectives: { lag: 5, staleness: 5 } })
// @ts-expect-error no such mode
projection('x', { from: [OrderCreated], key: e => e.orderId, row, mode: 'sync' })
// @ts-expect-error a command where events belong
projection('x', { from: [ReserveStock], key: () => 'x', row })
// @ts-expect-error a key is text
projection('x', { from: [OrderCancelled], key: () => 1, row })
