import { channel } from 'eventwright'
import { CreditNoteIssued } from './credit-note.ts'
import { OrderCancelled, OrderConfirmed } from './order.ts'

/** What became of orders, for every service that acts on it. */
export const orderEvents = channel('order-events', {
  carries: [OrderConfirmed, OrderCancelled],
  key: 'orderId',
  retention: '7d',
  kafka: { partitions: 10, replicas: 3, compression: 'snappy' },
  rabbitmq: { queue: 'quorum', deliveryLimit: 5 },
})

/** Money that was given back. */
export const creditNotes = channel('credit-notes', {
  carries: [CreditNoteIssued],
  key: 'creditNoteId',
  retention: '7d',
  kafka: { partitions: 4, replicas: 3, compression: 'snappy' },
  rabbitmq: { queue: 'quorum', deliveryLimit: 5 },
})
