import { projection, t } from 'eventwright'
import { Amount, Items, Name } from '../order-line.ts'
import { OrderCancelled, OrderConfirmed, OrderCreated } from './order.ts'

/** How the orders are shown: with the commit of their events, or from the log, as a database of its own must do it. */
export type OrdersMode = 'inline' | 'async'

/** One row an order. Inline whoever has placed an order can read it at once; else the read has to wait for it. */
export const ordersView = (mode: OrdersMode) =>
  projection('orders', {
    from: [OrderCreated, OrderConfirmed, OrderCancelled],
    key: (order) => order.orderId,
    mode,
    row: {
      orderId: Name,
      customerId: Name.pii(),
      country: Name,
      items: Items,
      total: Amount,
      createdAt: t.timestamp(),
      status: t.enum('pending', 'confirmed', 'cancelled'),
      reason: t.string().nullable(),
    },
    index: ['customerId', 'status', 'createdAt'],
    objectives: { staleness: '2s' },
  }).on({
    OrderCreated: (_, { paymentToken, ...order }, { occurredAt }) => ({
      ...order,
      createdAt: occurredAt,
      status: 'pending',
      reason: null,
    }),
    OrderConfirmed: (row) => row && { ...row, status: 'confirmed' },
    OrderCancelled: (row, { reason }) => row && { ...row, status: 'cancelled', reason },
  })
