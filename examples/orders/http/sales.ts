import type { Route } from './route.ts'
import { settled } from './settled.ts'
import { pounds, shownSales } from './shown.ts'
import { everyRow } from '../every-row.ts'

const recording = 'analytics/subscription:record-sales'

export const readCountries: Route = {
  service: 'analytics',
  method: 'GET',
  path: '/sales/countries',
  summary: 'Sales by country, sorted by country. Orders count from their confirmation; net is less credit notes.',
  answers: { 200: 'A list of `{country, orders, creditNotes, net}`' },
  async answer({ shop, signal }) {
    await settled(shop, signal, [recording, 'view:salesByCountry'])
    return Response.json((await everyRow(shop.views.salesByCountry)).map(shownSales))
  },
}

export const readDays: Route = {
  service: 'analytics',
  method: 'GET',
  path: '/sales/days',
  summary: 'Sales by the day of the order in London, sorted by day.',
  answers: { 200: 'A list of `{day, orders, creditNotes, net}`' },
  async answer({ shop, signal }) {
    await settled(shop, signal, [recording, 'view:salesByDay'])
    return Response.json((await everyRow(shop.views.salesByDay)).map(shownSales))
  },
}

export const readMinutes: Route = {
  service: 'analytics',
  method: 'GET',
  path: '/sales/minutes',
  summary: 'Orders by the minute in which they were confirmed, newest first, at most an hour of them.',
  answers: { 200: 'A list of `{minute, orders, total}`' },
  async answer({ shop, signal }) {
    await settled(shop, signal, [recording, 'view:salesPerMinute'])
    const { rows } = await shop.views.salesPerMinute.page({ orderBy: 'minute', descending: true, limit: 60 })
    return Response.json(rows.map(({ minute, orders, total }) => ({ minute, orders, total: pounds(total) })))
  },
}
