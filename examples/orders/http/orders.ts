import { createHash, randomBytes } from 'node:crypto'
import { CreateOrder } from '../shop/orders/order.ts'
import { readJsonObject, type JsonObject } from './json-body.ts'
import { idempotencyKey, pageSize, waitMs } from './parameters.ts'
import { invalid, Problem } from './problem.ts'
import type { Call, Route } from './route.ts'
import { shownOrder, type OrderRow } from './shown.ts'

const text = { type: 'string', minLength: 1, maxLength: 80 }
const price = { type: 'string', pattern: String.raw`^\d{1,9}(\.\d{1,3})?$`, examples: ['2.55'] }
const item = {
  type: 'object',
  additionalProperties: false,
  required: ['sku', 'quantity', 'unitPrice'],
  properties: { sku: text, quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 }, unitPrice: price },
}

export const placeOrder: Route = {
  service: 'orders',
  method: 'POST',
  path: '/orders',
  summary: 'Places an order. It is pending until its goods are reserved and paid for, then confirmed or cancelled.',
  headers: { 'Idempotency-Key': 'Makes a repeat of the same request answer as the first did.' },
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['customerId', 'items'],
    properties: {
      orderId: { ...text, description: 'Chosen by the shop when it is left out.' },
      customerId: text,
      country: { ...text, default: 'United Kingdom' },
      items: { type: 'array', minItems: 1, maxItems: 2_000, items: item },
      paymentToken: { enum: ['tok_ok', 'tok_declined', 'tok_flaky', 'tok_timeout', 'tok_lost'], default: 'tok_ok' },
    },
  },
  answers: {
    202: '`{orderId, receipt}`: the order is stored',
    409: 'The order exists',
    422: 'The key was used before',
  },
  async answer({ shop, request, receipts, trace }) {
    const key = idempotencyKey(request)
    const body = await readJsonObject(request)
    const orderId = Object.hasOwn(body, 'orderId') ? body['orderId'] : newOrderId(key)
    if (orderId === '.' || orderId === '..') throw invalid([noPathHolds])
    const command = CreateOrder({ ...body, ...withTextPrices(body), orderId } as Parameters<typeof CreateOrder>[0])
    const { receipt } = await shop.execute(command, key === undefined ? trace : { ...trace, idempotencyKey: key })
    receipts.remember(`Order/${command.data.orderId}`, receipt)
    const headers = { location: `/orders/${encodeURIComponent(command.data.orderId)}` }
    return Response.json({ orderId: command.data.orderId, receipt }, { status: 202, headers })
  },
}

export const readOrder: Route = {
  service: 'orders',
  method: 'GET',
  path: '/orders/:id',
  summary: 'An order.',
  query: { wait: 'Answers when the order is no longer pending, or after this time: 500ms, 5s (at most 30s).' },
  answers: { 200: 'The order', 404: 'There is no such order' },
  async answer({ shop, news, receipts, param, query, signal }) {
    const orderId = param('id')
    const { orders } = shop.views
    const read = async () =>
      (await orders.get(orderId)) ??
      (await orders.get(orderId, receipts.read(`Order/${orderId}`))) ??
      (await arriving(orderId, { shop, news, signal }))
    const order = await news.decided(orderId, waitMs(query), signal, read)
    if (order === undefined) throw new Problem('not_found', `There is no order ${JSON.stringify(orderId)}.`)
    return Response.json(shownOrder(order))
  },
}

export const readCustomerOrders: Route = {
  service: 'orders',
  method: 'GET',
  path: '/customers/:id/orders',
  summary: 'The orders of a customer, newest first. A Link header leads to the next page.',
  query: { limit: 'Orders a page, 1 to 1000; default 100.', cursor: 'From the Link header.' },
  answers: { 200: 'A list of orders' },
  async answer({ shop, query, param }) {
    const customerId = param('id')
    const limit = pageSize(query)
    const cursor = query.get('cursor')
    const request = { where: { customerId }, orderBy: 'createdAt', descending: true, limit } as const
    const { rows, next } = await shop.views.orders.page(cursor === null ? request : { ...request, cursor })
    const link = `</customers/${encodeURIComponent(customerId)}/orders?limit=${limit}&cursor=${next}>; rel="next"`
    return Response.json(rows.map(shownOrder), { headers: next === undefined ? {} : { link } })
  },
}

const patienceMs = 2_000

/**
 * An order that another process has taken, or one that has died since: it may not have come yet to a view that follows
 * the log.
 */
async function arriving(
  orderId: string,
  { shop, news, signal }: Pick<Call, 'shop' | 'news' | 'signal'>,
): Promise<OrderRow | undefined> {
  for await (const _ of shop.events.stream(`Order/${orderId}`)) {
    const order = await news.arrived(orderId, patienceMs, signal)
    if (order === undefined) throw new Problem('unavailable', `The order ${JSON.stringify(orderId)} is not shown yet.`)
    return order
  }
  return undefined
}

const noPathHolds = { path: 'orderId', message: 'expected an id that can stand in a URL, got a dot or two' }

/** With a key always the same id, so that a repeat asks for the same order. */
function newOrderId(key: string | undefined): string {
  const hex = key === undefined ? randomBytes(10).toString('hex') : createHash('sha256').update(key).digest('hex')
  return `order-${hex.slice(0, 20)}`
}

/** Prices may also be written as JSON numbers: the shortest text of a number is what was written. */
function withTextPrices({ items }: JsonObject): JsonObject {
  if (!Array.isArray(items)) return {}
  return {
    items: items.map((line: unknown) => {
      const price = Object(line)['unitPrice'] as unknown
      return typeof price === 'number' ? { ...Object(line), unitPrice: String(price) } : line
    }),
  }
}
