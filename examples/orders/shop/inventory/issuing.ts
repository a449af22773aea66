import { command, handle, subscription } from 'eventwright'
import { Name } from '../order-line.ts'
import { orderEvents } from '../orders/channels.ts'
import { ItemsIssued, Reservation } from './reservation.ts'
import { ReleaseInventory } from './reserving.ts'
import { Stock, StockIssued } from './stock.ts'

/** Goods that are reserved for an order leave the house. */
export const IssueGoods = command('IssueGoods', { orderId: Name })

export const issue = handle(IssueGoods, async ({ orderId }, { load, append }) => {
  const reservation = await load(Reservation, orderId)
  if (reservation.state.status !== 'reserved') return
  // What is reserved can always be issued, so these streams need not be read.
  for (const piece of reservation.state.pieces) append(Stock, piece.sku, StockIssued({ ...piece, orderId }))
  reservation.append(ItemsIssued({ orderId }))
})

/**
 * Goods follow what becomes of their order. The saga has released them by the time it cancels, except those of a sale
 * of the past whose reservation it never heard of.
 */
export const SettleGoods = subscription('settle-goods', { from: orderEvents, concurrency: 64 }).on({
  OrderConfirmed: ({ orderId }, { execute }) => execute(IssueGoods({ orderId })),
  OrderCancelled: ({ orderId }, { execute }) => execute(ReleaseInventory({ orderId })),
})
