import { openApi } from './openapi.ts'
import { placeOrder, readCustomerOrders, readOrder } from './orders.ts'
import { readPayments } from './payments.ts'
import type { Route } from './route.ts'
import { readCountries, readDays, readMinutes } from './sales.ts'
import { readStock, receiveStock } from './stock.ts'

const health: Route = {
  method: 'GET',
  path: '/healthz',
  summary: 'Whether the shop takes requests.',
  answers: { 200: 'It does', 503: 'It is closing' },
  answer: async ({ signal }) =>
    Response.json({ status: signal.aborted ? 'closing' : 'ok' }, { status: signal.aborted ? 503 : 200 }),
}

const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  summary: 'Figures for Prometheus: lag, objectives, dead letters, sagas, commits.',
  answers: { 200: "Prometheus' text format" },
  answer: async ({ shop }) =>
    new Response(await shop.inspect.metrics(), {
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    }),
}

const document: Route = {
  method: 'GET',
  path: '/openapi.json',
  summary: 'This document.',
  answers: { 200: 'OpenAPI 3.1' },
  answer: async () => Response.json(openApi(routes)),
}

/** The whole interface in one table. */
export const routes: readonly Route[] = [
  placeOrder,
  readOrder,
  readCustomerOrders,
  readStock,
  receiveStock,
  readPayments,
  readCountries,
  readDays,
  readMinutes,
  health,
  metrics,
  document,
]
