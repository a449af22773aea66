import { subscription } from 'eventwright'
import { creditNotes, orderEvents } from '../orders/channels.ts'
import { RecordCredit, RecordSale } from './sale.ts'

// What other services tell becomes this service's own history, from which its views can be built at any time.

export const RecordSales = subscription('record-sales', { from: orderEvents, concurrency: 64 }).on({
  OrderConfirmed: ({ orderId, country, total, orderedAt }, { execute }) =>
    execute(RecordSale({ documentId: orderId, country, total, at: orderedAt })),
})

export const RecordCredits = subscription('record-credits', { from: creditNotes }).on({
  CreditNoteIssued: ({ creditNoteId, country, total }, { execute, meta }) =>
    execute(RecordCredit({ documentId: creditNoteId, country, total, at: meta.occurredAt })),
})
