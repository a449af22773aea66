import { command, handle, reject, t } from 'eventwright'
import { CreditNote, CreditNoteIssued } from './credit-note.ts'
import { Order, OrderCreated } from './order.ts'
import { Items, Name, piecesOf, totalOf } from './order-line.ts'
import { ItemsReserved, Reservation } from './reservation.ts'
import { Stock, StockReceived, StockReserved } from './stock.ts'

const invoice = { customerId: Name.pii(), country: Name, items: Items, occurredAt: t.timestamp() }

/** Takes over a sale of the past. */
export const ImportSale = command('ImportSale', { orderId: Name, ...invoice }).refuses('order_exists')

/** Takes over a credit note of the past. */
export const ImportCreditNote = command('ImportCreditNote', { creditNoteId: Name, ...invoice }).refuses(
  'credit_note_exists',
)

/** Receives exactly the sale's own pieces and reserves them for it, so that history always finds its stock. */
export const importSale = handle(ImportSale, async ({ occurredAt, ...sale }, { load, append }) => {
  const { orderId, items } = sale
  const order = await load(Order, orderId)
  if (order.state.status !== 'none') return reject('order_exists')
  const pieces = piecesOf(items)
  for (const piece of pieces) {
    append(Stock, piece.sku, StockReceived(piece, { occurredAt }), StockReserved({ ...piece, orderId }, { occurredAt }))
  }
  append(Reservation, orderId, ItemsReserved({ orderId, pieces }, { occurredAt }))
  order.append(OrderCreated({ ...sale, total: totalOf(items), paymentToken: 'tok_ok' }, { occurredAt }))
})

/** Puts the goods back into stock; postage, fees and discounts are no goods. */
export const importCreditNote = handle(ImportCreditNote, async ({ occurredAt, ...note }, { load, append }) => {
  const creditNote = await load(CreditNote, note.creditNoteId)
  if (creditNote.state.exists) return reject('credit_note_exists')
  for (const pieces of piecesOf(note.items)) {
    if (!noGoods.has(pieces.sku)) append(Stock, pieces.sku, StockReceived(pieces, { occurredAt }))
  }
  creditNote.append(CreditNoteIssued({ ...note, total: totalOf(note.items) }, { occurredAt }))
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
