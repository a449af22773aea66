import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shop } from '../../../examples/orders/open.ts'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { patience } from '../../fixtures/patience.ts'
import { ask, openForTest, post } from './open-shop.ts'

const relay = 'orders/relay:order-events'

test('stock and sales are read only when what was decided before has come to them', async (t) => {
  const closing = new AbortController()
  t.after(() => closing.abort())
  const { shop } = await openForTest()
  for (const [path, name] of [
    ['/stock/LAMP', 'inventory/subscription:settle-goods'],
    ['/sales/countries', 'analytics/subscription:record-sales'],
  ] as const) {
    let behind = 3
    const consumers: Shop['inspect']['consumers'] = async () =>
      (await shop.inspect.consumers()).map((one) => {
        if (one.name !== name || behind === 0) return one
        return { ...one, position: one.position - behind--, lag: 1 }
      })
    const late = { ...shop, inspect: { ...shop.inspect, consumers } }
    const { app } = shopApp(late, closing.signal, (error) => assert.ifError(error))
    assert.equal((await app.request(path)).status, 200)
    assert.equal(behind, 0, `${path} did not wait for ${name}`)
  }
})

test('of the relay they wait for the decisions that it has to tell, and for nothing else of the log', async (t) => {
  const closing = new AbortController()
  t.after(() => closing.abort())
  const { shop, url } = await openForTest()
  const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]
  await post(`${url}/orders`, { orderId: 'one', customerId: 'ada', items })
  assert.equal((await ask(`${url}/orders/one?wait=20s`)).body.status, 'cancelled')
  let decided = 0
  for await (const { type, position } of shop.events.stream('Order/one'))
    if (type === 'OrderCancelled') decided = position
  assert.ok(await shop.caughtUp(patience))
  let looks = 0
  const consumers: Shop['inspect']['consumers'] = async () => {
    looks++
    const position = looks <= 3 ? decided - 1 : decided
    return (await shop.inspect.consumers()).map((one) => (one.name === relay ? { ...one, position, lag: 5 } : one))
  }
  const late = { ...shop, inspect: { ...shop.inspect, consumers } }
  const { app } = shopApp(late, closing.signal, (error) => assert.ifError(error))
  assert.equal((await app.request('/stock/LAMP')).status, 200)
  assert.ok(looks > 4, 'it did not wait for the decision')
  assert.ok(looks < 40, `it looked ${looks} times, as if there were more to come`)
})
