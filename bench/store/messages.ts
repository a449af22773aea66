import { orderData, OrderPlaced } from './orders.ts'

const count = 1_000

/** Contents of orders, made once: what is measured is how they are stored. */
export const contents: readonly ReturnType<typeof orderData>[] = Array.from({ length: count }, (_, n) =>
  orderData(`order-${String(n).padStart(6, '0')}`, n),
)

/** The same contents as validated events. */
export const messages: readonly ReturnType<typeof OrderPlaced>[] = contents.map((data) => OrderPlaced(data))
