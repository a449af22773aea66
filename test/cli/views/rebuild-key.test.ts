import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { patience } from '../../fixtures/patience.ts'
import { PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { line, lineWith, shopFolder, shopModule } from '../line.fixture.ts'

const rebuild = ['views', 'rebuild-key', '--store', 'shop.db', '--system', shopModule]

function spoilt(folder: string): void {
  const database = new DatabaseSync(join(folder, 'shop.db'))
  for (const table of ['view_orders_1', 'view_ordersInline_1'])
    database.exec(`update ${table} set customer = 'Bob' where orderId = 'a'`)
  database.close()
}

test('one row is made anew beside a process that runs the system, and subscriptions stay silent', async (t) => {
  const folder = await shopFolder(t)
  spoilt(folder)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  t.after(() => running.stop())
  for (const view of ['orders', 'ordersInline'] as const) {
    assert.equal((await running.views[view].get('a'))?.customer, 'Bob')
    const { code, out, err } = await line(folder, ...rebuild, view, 'a', '--json')
    assert.deepEqual([code, err], [0, ''])
    const told = { view, key: 'a', finished: true, generation: 1, changed: true, exists: true, events: 2 }
    assert.deepEqual(JSON.parse(out), told)
    assert.equal((await running.views[view].get('a'))?.customer, 'Ann')
  }
  await running.execute(PlaceOrder({ orderId: 'c', customer: 'Cid', total: '3' }))
  assert.ok(await running.caughtUp(patience))
  assert.equal((await running.inspect.store()).head, 6)
  assert.match((await line(folder, ...rebuild, 'orders', 'a')).out, /^orders: the row a was right already \(2 events, /)
  assert.match((await line(folder, ...rebuild, 'orders', 'no\u0007ne')).out, /^orders: the row no\\u0007ne was right/)
})

test('interrupted, it leaves the row as it is, and views that have no rows are refused', async (t) => {
  const folder = await shopFolder(t)
  spoilt(folder)
  const { code, out } = await lineWith({ folder, stop: AbortSignal.abort() }, ...rebuild, 'orders', 'a')
  assert.equal(code, 1)
  assert.match(out, /was left as it is: interrupted/)
  assert.equal((await line(folder, 'store', 'verify', '--store', 'shop.db', '--system', shopModule)).code, 1)
  for (const view of ['ordersLive', 'nothing']) {
    const { code, err } = await line(folder, ...rebuild, view, 'a', '--json')
    assert.deepEqual([code, JSON.parse(err).error.code], [1, 'EW_VIEW_UNKNOWN'])
  }
  const twice = await line(folder, ...rebuild, 'ordersInline', 'x'.repeat(300), '--json')
  assert.deepEqual([twice.code, JSON.parse(twice.err).error.code], [1, 'EW_STREAM_NAME'])
})
