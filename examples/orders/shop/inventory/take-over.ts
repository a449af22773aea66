import { command, handle, reject, t } from 'eventwright'
import { Items, Name, piecesOf } from '../order-line.ts'
import { ItemsReserved, Reservation } from './reservation.ts'
import { Stock, StockReceived, StockReserved } from './stock.ts'

/** Takes over the goods of a sale of the past: exactly its own pieces are received, and reserved for it. */
export const TakeOverGoods = command('TakeOverGoods', {
  orderId: Name,
  items: Items,
  occurredAt: t.timestamp(),
}).refuses('goods_known')

export const takeOver = handle(TakeOverGoods, async ({ orderId, items, occurredAt }, { load, append }) => {
  const reservation = await load(Reservation, orderId)
  if (reservation.state.status !== 'none') return reject('goods_known')
  const pieces = piecesOf(items)
  for (const piece of pieces) {
    append(Stock, piece.sku, StockReceived(piece, { occurredAt }), StockReserved({ ...piece, orderId }, { occurredAt }))
  }
  reservation.append(ItemsReserved({ orderId, pieces }, { occurredAt }))
})
