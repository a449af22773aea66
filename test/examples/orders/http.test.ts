import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImportCreditNote } from '../../../examples/orders/shop/orders/history.ts'
import { patience } from '../../fixtures/patience.ts'
import { ask, openForTest, post } from './open-shop.ts'

const { shop, url, reported } = await openForTest()

const item = (sku: string, quantity = 1, unitPrice: unknown = '2.55'): object => ({ sku, quantity, unitPrice })
const order = (more: object = {}): object => ({ customerId: 'ada', items: [item('LAMP')], ...more })

const sand = (quantity: number): { sku: string; quantity: number; unitPrice: string } => ({
  sku: 'SAND',
  quantity,
  unitPrice: '0.001',
})
const note = {
  creditNoteId: 'sand',
  customerId: 'ada',
  country: 'United Kingdom',
  occurredAt: '2011-01-01T00:00:00.000Z',
}

async function receive(sku: string, quantity: number): Promise<void> {
  assert.equal((await post(`${url}/stock/${encodeURIComponent(sku)}/receipts`, { quantity })).status, 202)
}

async function ends(orderId: string): Promise<any> {
  const { status, body } = await ask(`${url}/orders/${encodeURIComponent(orderId)}?wait=10s`)
  assert.equal(status, 200)
  return body
}

test('an order within stock is confirmed, and its pieces leave the stock', async () => {
  await receive('DESK', 5)
  assert.deepEqual((await ask(`${url}/stock/DESK`)).body, { sku: 'DESK', onHand: 5, reserved: 0 })
  const placed = await post(`${url}/orders`, { orderId: 'desk-1', customerId: 'ada', items: [item('DESK', 2, '7.65')] })
  assert.equal(placed.status, 202)
  assert.deepEqual(Object.keys(placed.body).sort(), ['orderId', 'receipt'])
  assert.equal(placed.headers.get('location'), '/orders/desk-1')
  const { createdAt, ...confirmed } = await ends('desk-1')
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.deepEqual(confirmed, {
    orderId: 'desk-1',
    customerId: 'ada',
    country: 'United Kingdom',
    status: 'confirmed',
    totalAmount: '15.30',
    currency: 'GBP',
    items: [{ sku: 'DESK', quantity: 2, unitPrice: '7.65' }],
  })
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual((await ask(`${url}/stock/DESK`)).body, { sku: 'DESK', onHand: 3, reserved: 0 })
})

test('an order beyond stock is cancelled as out of stock, and nothing of it stays reserved', async () => {
  await receive('CHAIR', 5)
  await receive('SHELF', 1)
  const items = [item('CHAIR', 2), item('SHELF', 1), item('SHELF', 1)]
  assert.equal((await post(`${url}/orders`, order({ orderId: 'big', items }))).status, 202)
  const { status, reason } = await ends('big')
  assert.deepEqual([status, reason], ['cancelled', 'out_of_stock'])
  assert.deepEqual((await ask(`${url}/stock/CHAIR`)).body, { sku: 'CHAIR', onHand: 5, reserved: 0 })
})

test('of many orders for the same pieces exactly as many are confirmed as there is stock for', async () => {
  await receive('RARE', 7)
  const ids = Array.from({ length: 20 }, (_, index) => `rare-${index}`)
  await Promise.all(ids.map((orderId) => post(`${url}/orders`, order({ orderId, items: [item('RARE', 2)] }))))
  const statuses = await Promise.all(ids.map(async (orderId) => (await ends(orderId)).status))
  assert.equal(statuses.filter((status) => status === 'confirmed').length, 3)
  assert.equal(statuses.filter((status) => status === 'cancelled').length, 17)
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual((await ask(`${url}/stock/RARE`)).body, { sku: 'RARE', onHand: 1, reserved: 0 })
})

test('an order is never unknown right after it was accepted', async () => {
  for (let index = 0; index < 50; index++) {
    const { body } = await post(`${url}/orders`, order())
    assert.equal((await ask(`${url}/orders/${body.orderId}`)).status, 200)
  }
})

test('sums are exact and rounded half to even only where they are shown', async () => {
  const items = [item('HALF', 1, '0.005'), item('HALF', 1, '0.01'), item('HALF', 3, 0.1)]
  await post(`${url}/orders`, order({ orderId: 'half', items }))
  const { totalAmount, items: shown } = (await ask(`${url}/orders/half`)).body
  assert.equal(totalAmount, '0.32')
  assert.deepEqual(
    shown.map(({ unitPrice }: { unitPrice: string }) => unitPrice),
    ['0.005', '0.01', '0.10'],
  )
})

test('the same key and body answer the first outcome again, another body is refused', async () => {
  const headers = { 'idempotency-key': 'key-1' }
  const first = await post(`${url}/orders`, order(), headers)
  const again = await post(`${url}/orders`, order(), headers)
  assert.equal(first.status, 202)
  assert.deepEqual([again.status, again.body], [first.status, first.body])
  const other = await post(`${url}/orders`, order({ customerId: 'bob' }), headers)
  assert.deepEqual([other.status, other.body.code], [422, 'key_reused'])
  const { body } = await ask(`${url}/customers/ada/orders?limit=1000`)
  assert.equal(body.filter(({ orderId }: { orderId: string }) => orderId === first.body.orderId).length, 1)
})

test('twenty requests at once with one key place one order', async () => {
  const headers = { 'idempotency-key': 'key-2' }
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(`${url}/orders`, order(), headers)))
  assert.deepEqual([...new Set(answers.map(({ status, body }) => `${status} ${body.orderId}`))].length, 1)
  assert.equal(answers[0]?.status, 202)
})

test('a known order under another key is a conflict, and the refusal is answered again under its key', async () => {
  const body = order({ orderId: 'known' })
  assert.equal((await post(`${url}/orders`, body, { 'idempotency-key': 'key-3' })).status, 202)
  for (const headers of [{ 'idempotency-key': 'key-4' }, { 'idempotency-key': 'key-4' }, {}]) {
    const { status, body: problem } = await post(`${url}/orders`, body, headers as Record<string, string>)
    assert.deepEqual([status, problem.code], [409, 'order_exists'])
  }
})

test('stock received twice under one key is received once', async () => {
  const headers = { 'idempotency-key': 'key-5' }
  for (let time = 0; time < 2; time++) await post(`${url}/stock/ONCE/receipts`, { quantity: 3 }, headers)
  assert.equal((await ask(`${url}/stock/ONCE`)).body.onHand, 3)
  assert.equal((await post(`${url}/stock/ONCE/receipts`, { quantity: 4 }, headers)).status, 422)
})

test('stock that would grow beyond a billion pieces is refused', async () => {
  const pieces = 1_000_000
  await shop.execute(ImportCreditNote({ ...note, items: Array.from({ length: 999 }, () => sand(pieces)) }))
  assert.ok(await shop.caughtUp(patience))
  await receive('SAND', pieces)
  const { status, body } = await post(`${url}/stock/SAND/receipts`, { quantity: 1 })
  assert.deepEqual([status, body.code], [409, 'stock_limit'])
  assert.equal((await ask(`${url}/stock/SAND`)).body.onHand, 1_000_000_000)
})

test('the orders of a customer come newest first, in pages that a link leads through', async () => {
  for (let index = 0; index < 5; index++)
    await post(`${url}/orders`, order({ orderId: `page-${index}`, customerId: 'pat' }))
  const seen: string[] = []
  for (let next: string | undefined = '/customers/pat/orders?limit=2'; next !== undefined;) {
    const { body, headers } = await ask(url + next)
    seen.push(...body.map(({ orderId }: { orderId: string }) => orderId))
    next = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }
  assert.deepEqual(seen.sort(), ['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
  assert.deepEqual((await ask(`${url}/customers/nobody/orders`)).body, [])
})

test('sales are sorted by country and count confirmed orders only', async () => {
  await receive('MAP', 2)
  for (const country of ['Zambia', 'Åland', 'Zambia']) {
    const { body } = await post(`${url}/orders`, order({ country, items: [item('MAP', 1, '10')] }))
    await ends(body.orderId)
  }
  assert.ok(await shop.caughtUp(patience))
  const { body } = await ask(`${url}/sales/countries`)
  const names = body.map(({ country }: { country: string }) => country)
  assert.deepEqual(names, [...names].sort())
  assert.deepEqual(
    body.filter(({ country }: { country: string }) => country !== 'United Kingdom'),
    [
      { country: 'Zambia', orders: 1, creditNotes: 0, net: '10.00' },
      { country: 'Åland', orders: 1, creditNotes: 0, net: '10.00' },
    ],
  )
  const days = (await ask(`${url}/sales/days`)).body
  assert.deepEqual(days[0], { day: '2011-01-01', orders: 0, creditNotes: 1, net: '-999000.00' })
})

test('health, the document of the interface, and what is not there', async () => {
  assert.deepEqual((await ask(`${url}/healthz`)).body, { status: 'ok' })
  const { body } = await ask(`${url}/openapi.json`)
  assert.equal(body.openapi, '3.1.0')
  assert.deepEqual(Object.keys(body.paths).sort(), [
    '/customers/{id}/orders',
    '/healthz',
    '/metrics',
    '/openapi.json',
    '/orders',
    '/orders/{id}',
    '/payments/{orderId}',
    '/sales/countries',
    '/sales/days',
    '/sales/minutes',
    '/stock/{sku}',
    '/stock/{sku}/receipts',
  ])
  for (const path of ['/nothing', '/orders/none', '/orders/none?wait=100ms']) {
    const { status, body: problem, headers } = await ask(url + path)
    assert.deepEqual([status, problem.code], [404, 'not_found'])
    assert.equal(headers.get('content-type'), 'application/problem+json')
  }
  const wrong = await ask(`${url}/orders`, { method: 'PUT' })
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST'])
})

test('every answer so far was foreseen', () => {
  assert.deepEqual(reported, [])
})
