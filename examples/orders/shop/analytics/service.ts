import { service } from 'eventwright'
import { RecordCredits, RecordSales } from './recording.ts'
import { Sale } from './sale.ts'
import { SalesByCountry, SalesByDay, SalesPerMinute } from './views.ts'

/** Counts what is sold. */
export const analytics = service('analytics', {
  owner: 'team-analytics',
  parts: [Sale, RecordSales, RecordCredits, SalesByCountry, SalesByDay, SalesPerMinute],
})
