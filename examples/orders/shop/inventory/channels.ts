import { channel } from 'eventwright'
import { ItemsIssued, ItemsReleased, ItemsReserved } from './reservation.ts'

/** What happens to the goods of orders. */
export const inventoryEvents = channel('inventory-events', {
  carries: [ItemsReserved, ItemsReleased, ItemsIssued],
  key: 'orderId',
  retention: '7d',
  kafka: { partitions: 10, replicas: 3, compression: 'snappy' },
  rabbitmq: { queue: 'quorum', deliveryLimit: 5 },
})
