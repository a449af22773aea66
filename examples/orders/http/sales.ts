import type { Route } from './route.ts'
import { shownSales } from './shown.ts'
import { everyRow } from '../every-row.ts'

export const readCountries: Route = {
  method: 'GET',
  path: '/sales/countries',
  summary: 'Sales by country, sorted by country. Orders count from their confirmation; net is less credit notes.',
  answers: { 200: 'A list of `{country, orders, creditNotes, net}`' },
  answer: async ({ shop }) => Response.json((await everyRow(shop.views.salesByCountry)).map(shownSales)),
}

export const readDays: Route = {
  method: 'GET',
  path: '/sales/days',
  summary: 'Sales by the day of the order in London, sorted by day.',
  answers: { 200: 'A list of `{day, orders, creditNotes, net}`' },
  answer: async ({ shop }) => Response.json((await everyRow(shop.views.salesByDay)).map(shownSales)),
}
