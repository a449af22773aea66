import { decimal, projection, t, type Decimal } from 'eventwright'
import { londonDay } from '../london.ts'
import { Amount, Name } from '../order-line.ts'
import { CreditRecorded, SaleRecorded } from './sale.ts'

const columns = { orders: t.int(), creditNotes: t.int(), net: Amount }

/** Orders count from their confirmation; credit notes lower `net`. */
export const SalesByCountry = projection('salesByCountry', {
  from: [SaleRecorded, CreditRecorded],
  key: (sale) => sale.country,
  row: { country: Name, ...columns },
}).on({
  SaleRecorded: (row, { country, total }) => ({ country, ...sold(row, total) }),
  CreditRecorded: (row, { country, total }) => ({ country, ...credited(row, total) }),
})

/** The same by the day on which the order was placed, in London. */
export const SalesByDay = projection('salesByDay', {
  from: [SaleRecorded, CreditRecorded],
  key: (entry) => londonDay(entry.at),
  row: { day: t.date(), ...columns },
}).on({
  SaleRecorded: (row, { total }, { key }) => ({ day: key, ...sold(row, total) }),
  CreditRecorded: (row, { total }, { key }) => ({ day: key, ...credited(row, total) }),
})

/** Confirmed orders by the minute in which they were confirmed: kept in memory, folded anew at every start. */
export const SalesPerMinute = projection('salesPerMinute', {
  from: [SaleRecorded],
  key: (_, { occurredAt }) => `${occurredAt.slice(0, 16)}:00.000Z`,
  mode: 'live',
  row: { minute: t.timestamp(), orders: t.int(), total: Amount },
  index: ['minute'],
}).on({
  SaleRecorded: (row, { total }, { key }) => ({
    minute: key,
    orders: (row?.orders ?? 0) + 1,
    total: decimal.add(row?.total ?? '0', total),
  }),
})

interface Sales {
  readonly orders: number
  readonly creditNotes: number
  readonly net: Decimal
}

const noSales: Sales = { orders: 0, creditNotes: 0, net: '0.000' }

function sold({ orders, creditNotes, net }: Sales = noSales, total: Decimal): Sales {
  return { orders: orders + 1, creditNotes, net: decimal.add(net, total) }
}

function credited({ orders, creditNotes, net }: Sales = noSales, total: Decimal): Sales {
  return { orders, creditNotes: creditNotes + 1, net: decimal.sub(net, total) }
}
