import { command, handle, reject, t } from 'eventwright'
import { Items, Name, piecesOf } from '../order-line.ts'
import { ItemsReleased, ItemsReserved, Reservation } from './reservation.ts'
import { free, Stock, StockReleased, StockReserved } from './stock.ts'

/** Reserves all goods of an order, or none. */
export const ReserveInventory = command('ReserveInventory', { orderId: Name, items: Items })
  .replies({ reservationId: t.string() })
  .refuses('out_of_stock')

/** Frees what an order has reserved, if it still has. */
export const ReleaseInventory = command('ReleaseInventory', { orderId: Name })

/** The reservation and all stocks change in one unit of work, or none of them does. */
export const reserve = handle(ReserveInventory, async ({ orderId, items }, { load }) => {
  const reservation = await load(Reservation, orderId)
  // The goods of a sale of the past were reserved when they were taken over.
  if (reservation.state.status === 'reserved') return { reservationId: orderId }
  const pieces = piecesOf(items)
  const wanted = await Promise.all(pieces.map(async (piece) => ({ piece, stock: await load(Stock, piece.sku) })))
  if (wanted.some(({ piece, stock }) => free(stock.state) < piece.quantity)) return reject('out_of_stock')
  for (const { piece, stock } of wanted) stock.append(StockReserved({ ...piece, orderId }))
  reservation.append(ItemsReserved({ orderId, pieces }))
  return { reservationId: orderId }
})

export const release = handle(ReleaseInventory, async ({ orderId }, { load, append }) => {
  const reservation = await load(Reservation, orderId)
  if (reservation.state.status !== 'reserved') return
  for (const piece of reservation.state.pieces) append(Stock, piece.sku, StockReleased({ ...piece, orderId }))
  reservation.append(ItemsReleased({ orderId }))
})
