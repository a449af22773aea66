import { aggregate, command, event, t } from 'eventwright'
import { Amount, Name } from '../order-line.ts'

/** An order or a credit note: in what country, about how much, and when it was placed or issued. */
const entry = { documentId: Name, country: Name, total: Amount, at: t.timestamp() }

export const SaleRecorded = event('SaleRecorded', entry)
export const CreditRecorded = event('CreditRecorded', entry)

export const RecordSale = command('RecordSale', entry)
export const RecordCredit = command('RecordCredit', entry)

/** Stream `Sale/<documentId>`: what the shop has earned or given back, recorded once. */
export const Sale = aggregate('Sale', {
  events: [SaleRecorded, CreditRecorded],
  commands: [RecordSale, RecordCredit],
  id: (command) => command.documentId,
  initial: () => ({ isRecorded: false }),
})
  .evolve({ SaleRecorded: () => ({ isRecorded: true }), CreditRecorded: () => ({ isRecorded: true }) })
  .decide({
    RecordSale: (sale, { isRecorded }) => (isRecorded ? [] : SaleRecorded(sale)),
    RecordCredit: (credit, { isRecorded }) => (isRecorded ? [] : CreditRecorded(credit)),
  })
