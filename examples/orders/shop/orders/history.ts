import { command, handle, reject, t } from 'eventwright'
import { Items, Name, totalOf } from '../order-line.ts'
import { CreditNote, CreditNoteIssued } from './credit-note.ts'
import { Order, OrderCreated } from './order.ts'

const invoice = { customerId: Name.pii(), country: Name, items: Items, occurredAt: t.timestamp() }

/** Takes over a sale of the past; its goods are taken over by the inventory first. */
export const ImportSale = command('ImportSale', { orderId: Name, ...invoice }).refuses('order_exists')

/** Takes over a credit note of the past. */
export const ImportCreditNote = command('ImportCreditNote', { creditNoteId: Name, ...invoice }).refuses(
  'credit_note_exists',
)

/** From here on it is an order as any other. */
export const importSale = handle(ImportSale, async ({ occurredAt, ...sale }, { load }) => {
  const order = await load(Order, sale.orderId)
  if (order.state.status !== 'none') return reject('order_exists')
  order.append(OrderCreated({ ...sale, total: totalOf(sale.items), paymentToken: 'tok_ok' }, { occurredAt }))
})

export const importCreditNote = handle(ImportCreditNote, async ({ occurredAt, ...note }, { load }) => {
  const creditNote = await load(CreditNote, note.creditNoteId)
  if (creditNote.state.exists) return reject('credit_note_exists')
  creditNote.append(CreditNoteIssued({ ...note, total: totalOf(note.items) }, { occurredAt }))
})
