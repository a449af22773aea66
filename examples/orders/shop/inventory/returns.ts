import { command, handle, subscription, t } from 'eventwright'
import { Items, piecesOf } from '../order-line.ts'
import { creditNotes } from '../orders/channels.ts'
import { Stock, StockReceived } from './stock.ts'

/** Goods come back from a customer. */
export const ReturnGoods = command('ReturnGoods', { items: Items, occurredAt: t.timestamp() })

/** Postage, fees and discounts stand on invoices and are no goods. */
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

export const takeBack = handle(ReturnGoods, async ({ items, occurredAt }, { append }) => {
  for (const piece of piecesOf(items)) {
    if (!noGoods.has(piece.sku)) append(Stock, piece.sku, StockReceived(piece, { occurredAt }))
  }
})

export const TakeBackGoods = subscription('take-back-goods', { from: creditNotes }).on({
  CreditNoteIssued: ({ items }, { execute, meta }) => execute(ReturnGoods({ items, occurredAt: meta.occurredAt })),
})
