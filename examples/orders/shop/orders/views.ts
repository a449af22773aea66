import { projection, t } from 'eventwright'
import { Amount, Items, Name } from '../order-line.ts'
import { OrderCancelled, OrderConfirmed, OrderCreated } from './order.ts'

/** One row an order, written in the commit of its events: whoever has placed an order can read it at once. */
export const Orders = projection('orders', {
  from: [OrderCreated, OrderConfirmed, OrderCancelled],
  key: (order) => order.orderId,
  mode: 'inline',
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
