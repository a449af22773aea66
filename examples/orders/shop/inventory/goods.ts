import { command, handle, reject, subscription, t } from 'eventwright'
import { Items, Name, piecesOf } from '../order-line.ts'
import { creditNotes, orderEvents } from '../orders/channels.ts'
import { ItemsIssued, ItemsReserved, Reservation } from './reservation.ts'
import { ReleaseInventory } from './reserving.ts'
import { Stock, StockIssued, StockReceived, StockReserved } from './stock.ts'

/** Goods that are reserved for an order leave the house. */
export const IssueGoods = command('IssueGoods', { orderId: Name })

/** Goods come back from a customer. */
export const ReturnGoods = command('ReturnGoods', { items: Items, occurredAt: t.timestamp() })

/** Takes over the goods of a sale of the past: exactly its own pieces are received, and reserved for it. */
export const TakeOverGoods = command('TakeOverGoods', {
  orderId: Name,
  items: Items,
  occurredAt: t.timestamp(),
}).refuses('goods_known')

export const issue = handle(IssueGoods, async ({ orderId }, { load, append }) => {
  const reservation = await load(Reservation, orderId)
  if (reservation.state.status !== 'reserved') return
  // What is reserved can always be issued, so these streams need not be read.
  for (const piece of reservation.state.pieces) append(Stock, piece.sku, StockIssued({ ...piece, orderId }))
  reservation.append(ItemsIssued({ orderId }))
})

/** Postage, fees and discounts are no goods. */
export const takeBack = handle(ReturnGoods, async ({ items, occurredAt }, { append }) => {
  for (const piece of piecesOf(items)) {
    if (!noGoods.has(piece.sku)) append(Stock, piece.sku, StockReceived(piece, { occurredAt }))
  }
})

export const takeOver = handle(TakeOverGoods, async ({ orderId, items, occurredAt }, { load, append }) => {
  const reservation = await load(Reservation, orderId)
  if (reservation.state.status !== 'none') return reject('goods_known')
  const pieces = piecesOf(items)
  for (const piece of pieces) {
    append(Stock, piece.sku, StockReceived(piece, { occurredAt }), StockReserved({ ...piece, orderId }, { occurredAt }))
  }
  reservation.append(ItemsReserved({ orderId, pieces }, { occurredAt }))
})

/** Goods follow what becomes of their order. */
export const SettleGoods = subscription('settle-goods', { from: orderEvents, concurrency: 64 }).on({
  OrderConfirmed: ({ orderId }, { execute }) => execute(IssueGoods({ orderId })),
  OrderCancelled: ({ orderId }, { execute }) => execute(ReleaseInventory({ orderId })),
})

export const TakeBackGoods = subscription('take-back-goods', { from: creditNotes }).on({
  CreditNoteIssued: ({ items }, { execute, meta }) => execute(ReturnGoods({ items, occurredAt: meta.occurredAt })),
})

const noGoods: ReadonlySet<string> = new Set([
  'D',
  'POST',
  'M',
  'C2',
  'DOT',
  'BANK CHARGES',
  'S',
  'AMAZONFEE',
  'CRUK',
  'PADS',
  'B',
])
