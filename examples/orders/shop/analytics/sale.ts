import { aggregate, command, event, subscription, t } from 'eventwright'
import { Amount, Name } from '../order-line.ts'
import { creditNotes, orderEvents } from '../orders/channels.ts'

const sale = { saleId: Name, country: Name, total: Amount, orderedAt: t.timestamp() }
const credit = { creditNoteId: Name, country: Name, total: Amount, issuedAt: t.timestamp() }

export const SaleRecorded = event('SaleRecorded', sale)
export const CreditRecorded = event('CreditRecorded', credit)

export const RecordSale = command('RecordSale', sale)
export const RecordCredit = command('RecordCredit', credit)

/** Stream `Sale/<saleId>`: what the shop has earned or given back, recorded once. */
export const Sale = aggregate('Sale', {
  events: [SaleRecorded, CreditRecorded],
  commands: [RecordSale, RecordCredit],
  id: (command) => ('saleId' in command ? command.saleId : command.creditNoteId),
  initial: () => ({ isRecorded: false }),
})
  .evolve({ SaleRecorded: () => ({ isRecorded: true }), CreditRecorded: () => ({ isRecorded: true }) })
  .decide({
    RecordSale: (recorded, { isRecorded }) => (isRecorded ? [] : SaleRecorded(recorded)),
    RecordCredit: (recorded, { isRecorded }) => (isRecorded ? [] : CreditRecorded(recorded)),
  })

/** What other services tell becomes this service's own history, from which its views can be built at any time. */
export const RecordSales = subscription('record-sales', { from: orderEvents, concurrency: 64 }).on({
  OrderConfirmed: ({ orderId: saleId, country, total, orderedAt }, { execute }) =>
    execute(RecordSale({ saleId, country, total, orderedAt })),
})

export const RecordCredits = subscription('record-credits', { from: creditNotes }).on({
  CreditNoteIssued: ({ creditNoteId, country, total }, { execute, meta }) =>
    execute(RecordCredit({ creditNoteId, country, total, issuedAt: meta.occurredAt })),
})
