import { aggregate, event } from 'eventwright'
import { Amount, Items, Name } from '../order-line.ts'

/** Money is given back. Quantities and total are positive. */
export const CreditNoteIssued = event('CreditNoteIssued', {
  creditNoteId: Name,
  customerId: Name.pii(),
  country: Name,
  items: Items,
  total: Amount,
})

export interface CreditNoteState {
  readonly exists: boolean
}

/** Stream `CreditNote/<creditNoteId>`. */
export const CreditNote = aggregate('CreditNote', {
  events: [CreditNoteIssued],
  commands: [],
  id: () => '',
  initial: (): CreditNoteState => ({ exists: false }),
})
  .evolve({ CreditNoteIssued: () => ({ exists: true }) })
  .decide({})
