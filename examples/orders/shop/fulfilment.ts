import { command, handle, reject, subscription } from 'eventwright'
import { Order, OrderCancelled, OrderConfirmed, OrderCreated } from './order.ts'
import { Name, piecesOf } from './order-line.ts'
import { ItemsIssued, ItemsReserved, Reservation } from './reservation.ts'
import { free, Stock, StockIssued, StockReserved } from './stock.ts'

/** Confirms a pending order if there is stock for all of it, otherwise cancels it. Asked again it does nothing. */
export const FulfilOrder = command('FulfilOrder', { orderId: Name }).refuses('order_unknown')

/** Order, reservation and all stocks change in one unit of work, or none of them does. */
export const fulfil = handle(FulfilOrder, async ({ orderId }, { load, append }) => {
  const order = await load(Order, orderId)
  if (order.state.status === 'none') return reject('order_unknown')
  if (order.state.status !== 'pending') return
  const {
    order: { customerId, country, total, items },
    orderedAt,
  } = order.state
  const decided = { orderId, customerId, country, total, orderedAt }

  const reservation = await load(Reservation, orderId)
  if (reservation.state.status === 'none') {
    const wanted = await Promise.all(
      piecesOf(items).map(async (pieces) => ({ pieces, stock: await load(Stock, pieces.sku) })),
    )
    if (wanted.some(({ pieces, stock }) => free(stock.state) < pieces.quantity)) {
      return order.append(OrderCancelled({ ...decided, reason: 'out_of_stock' }))
    }
    for (const { pieces, stock } of wanted) stock.append(StockReserved({ ...pieces, orderId }))
    reservation.append(ItemsReserved({ orderId, pieces: wanted.map(({ pieces }) => pieces) }))
  }

  // What is reserved can always be issued, so these streams need not be read.
  for (const pieces of piecesOf(items)) append(Stock, pieces.sku, StockIssued({ ...pieces, orderId }))
  reservation.append(ItemsIssued({ orderId }))
  order.append(OrderConfirmed(decided))
})

/** Every new order is fulfilled, also after a crash: the position in the log says which ones were. */
export const FulfilOrders = subscription('fulfil-orders', { from: [OrderCreated], key: (order) => order.orderId }).on({
  OrderCreated: ({ orderId }, { execute }) => execute(FulfilOrder({ orderId })),
})
