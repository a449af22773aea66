import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { OutsideError } from '../../../examples/orders/outside/outside-error.ts'
import { patience } from '../../fixtures/patience.ts'
import { ask, openForTest, post } from './open-shop.ts'

const { shop, url, reported } = await openForTest()

const price = '7.65'
const nothing = { charged: '0.00', refunded: '0.00' }

/** Receives pieces of a product of its own, places an order for two of them, and waits until it is decided. */
async function decided(orderId: string, more: object = {}, sku = orderId): Promise<any> {
  assert.equal((await post(`${url}/stock/${sku}/receipts`, { quantity: 5 })).status, 202)
  const order = { orderId, customerId: 'ada', items: [{ sku, quantity: 2, unitPrice: price }], ...more }
  assert.equal((await post(`${url}/orders`, order)).status, 202)
  return (await ask(`${url}/orders/${orderId}?wait=30s`)).body
}

const payments = async (orderId: string): Promise<object> => (await ask(`${url}/payments/${orderId}`)).body
const stock = async (sku: string): Promise<object> => (await ask(`${url}/stock/${sku}`)).body

test('an order beyond stock is cancelled as out of stock: nothing of it is reserved, nothing is charged', async () => {
  const items = [
    { sku: 'beyond', quantity: 2, unitPrice: price },
    { sku: 'absent', quantity: 1, unitPrice: price },
  ]
  const { status, reason } = await decided('beyond', { items })
  assert.deepEqual([status, reason], ['cancelled', 'out_of_stock'])
  assert.deepEqual(await stock('beyond'), { sku: 'beyond', onHand: 5, reserved: 0 })
  assert.deepEqual(await stock('absent'), { sku: 'absent', onHand: 0, reserved: 0 })
  assert.deepEqual(await payments('beyond'), nothing)
})

test('a declined card cancels the order, and its stock is free again', async () => {
  const { status, reason } = await decided('declined', { paymentToken: 'tok_declined' })
  assert.deepEqual([status, reason], ['cancelled', 'payment_declined'])
  assert.deepEqual(await stock('declined'), { sku: 'declined', onHand: 5, reserved: 0 })
  assert.deepEqual(await payments('declined'), nothing)
})

for (const token of ['tok_ok', 'tok_flaky', 'tok_timeout']) {
  test(`${token} ends confirmed, with exactly one charge, and its goods have left`, async () => {
    const { status, reason } = await decided(token, { paymentToken: token })
    assert.deepEqual([status, reason], ['confirmed', undefined])
    assert.deepEqual(await stock(token), { sku: token, onHand: 3, reserved: 0 })
    assert.deepEqual(await payments(token), { charged: '15.30', refunded: '0.00' })
  })
}

test('a charge whose answers are lost is given back, and the order is cancelled', async () => {
  const { status, reason } = await decided('lost', { paymentToken: 'tok_lost' })
  assert.deepEqual([status, reason], ['cancelled', 'payment_unanswered'])
  assert.deepEqual(await payments('lost'), { charged: '15.30', refunded: '15.30' })
  assert.deepEqual(await stock('lost'), { sku: 'lost', onHand: 5, reserved: 0 })
})

test('for an order that nobody placed zeros were paid; an id that none can have is refused', async () => {
  assert.deepEqual(await payments('unknown'), nothing)
  const { status, body } = await ask(`${url}/payments/a%00b`)
  assert.deepEqual([status, body.code], [400, 'bad_request'])
})

test('the stock is right at once after each of many orders was said to be confirmed', async () => {
  await post(`${url}/stock/MANY/receipts`, { quantity: 100 })
  for (let number = 1; number <= 20; number++) {
    const items = [{ sku: 'MANY', quantity: 1, unitPrice: price }]
    await post(`${url}/orders`, { orderId: `many-${number}`, customerId: 'ada', items })
    assert.equal((await ask(`${url}/orders/many-${number}?wait=30s`)).body.status, 'confirmed')
    assert.deepEqual(await stock('MANY'), { sku: 'MANY', onHand: 100 - number, reserved: 0 })
  }
})

test('sales by the minute count what was confirmed, and no more', async () => {
  const { body } = await ask(`${url}/sales/minutes`)
  const orders = body.reduce((sum: number, row: { orders: number }) => sum + row.orders, 0)
  const pence = body.reduce((sum: number, row: { total: string }) => sum + Number(row.total.replace('.', '')), 0)
  assert.deepEqual([orders, pence], [23, 3 * 1530 + 20 * 765])
})

test('the mail gateway has accepted one message about each order', async () => {
  assert.ok(await shop.caughtUp(patience))
  assert.equal((await shop.outside.mail.counts()).accepted, 26)
})

test('an amount that the provider does not take ends the order at once, with a reason of its own', async () => {
  const items = [{ sku: 'GOLD', quantity: 1_000_000, unitPrice: '99999999.99' }]
  await post(`${url}/stock/GOLD/receipts`, { quantity: 1_000_000 })
  await post(`${url}/orders`, { orderId: 'gold', customerId: 'ada', items })
  const { status, reason } = (await ask(`${url}/orders/gold?wait=30s`)).body
  assert.deepEqual([status, reason], ['cancelled', 'payment_refused'])
  assert.deepEqual(await stock('GOLD'), { sku: 'GOLD', onHand: 1_000_000, reserved: 0 })
})

test('a silent provider is no fault of the shop: ask again', async (t) => {
  const provider = {
    ...shop.outside.provider,
    payments: () => Promise.reject(new OutsideError('outside_no_answer', 'It says nothing.')),
  }
  const closing = new AbortController()
  t.after(() => closing.abort())
  const silent = { ...shop, outside: { ...shop.outside, provider } }
  const { app } = shopApp(silent, closing.signal, (error) => void reported.push(error))
  const answer = await app.request('/payments/gold')
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
  assert.equal(((await answer.json()) as { code: string }).code, 'unavailable')
})

test('every answer so far was foreseen', () => {
  assert.deepEqual(reported, [])
})
