import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shop } from '../../../examples/orders/open.ts'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { openForTest } from './open-shop.ts'

test('stock and sales are read only when what was decided before has come to them', async (t) => {
  const { shop } = await openForTest()
  const closing = new AbortController()
  t.after(() => closing.abort())
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
