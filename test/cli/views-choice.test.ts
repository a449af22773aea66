import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../fixtures/folder.ts'
import { freshMongodb } from '../fixtures/fresh-mongodb.ts'
import { mongodbUrl } from '../fixtures/mongodb.ts'
import { PlaceOrder, shop } from '../runtime/orders.fixture.ts'
import { line, lineWith, shopFolder, shopModule } from './line.fixture.ts'

const store = ['--store', 'shop.db', '--system', shopModule]

test('a database for views that is not named in full is refused, and no password is shown', async (t) => {
  const folder = await shopFolder(t)
  for (const url of ['mongodb://me:secret@h', 'mongodb://me:secret@h/?w=1', 'redis://me:secret@h/x']) {
    const { code, err } = await line(folder, 'store', 'verify', ...store, '--views-url', url)
    assert.deepEqual([code, /EW_CONFIG: .*host:port\/database/.test(err), /secret/.test(err)], [1, true, false])
  }
})

if (mongodbUrl() !== undefined)
  test('commands know the rows of views in a database of their own where it is named, and leave them alone elsewhere', async (t) => {
    const { database, client, views, drop } = freshMongodb()
    t.after(drop)
    const folder = folderFor(t)
    const running = await start(shop, { store: sqlite(join(folder, 'shop.db')), views: views() })
    for (const orderId of ['a', 'b', 'c']) {
      const { receipt } = await running.execute(PlaceOrder({ orderId, customer: 'Ann', total: '3' }))
      assert.equal((await running.views.orders.get(orderId, { after: receipt }))?.customer, 'Ann')
    }
    await running.stop()
    const env = { EVENTWRIGHT_VIEWS: `${mongodbUrl()}/${database}` }
    const apart = (...argv: string[]) => lineWith({ folder, env }, ...argv)
    const list = ['views', 'list', ...store, '--json']
    const orders = (rows: readonly any[]): any => rows.find(({ view }) => view === 'orders')
    assert.equal(orders(JSON.parse((await apart(...list)).out)).state, 'active')
    assert.equal(orders(JSON.parse((await line(folder, ...list)).out)).state, 'in another database')

    const verify = ['store', 'verify', ...store, '--views', 'all', '--json']
    const verdict = (out: string): unknown => orders(JSON.parse(out).views).state
    assert.equal(verdict((await apart(...verify)).out), 'equal')
    assert.equal(verdict((await line(folder, ...verify)).out), 'not verifiable')
    const rows = client.db(database).collection<{ _id: string }>('view_orders_1')
    await rows.updateOne({ _id: 'c' }, { $set: { 'row.customer': 'Bob' } })
    const wrong = await apart(...verify)
    assert.deepEqual([wrong.code, JSON.parse(wrong.out).rows.map(({ key }: any) => key)], [1, ['c']])
    assert.match((await apart('views', 'rebuild-key', 'orders', 'c', ...store)).out, /was made anew/)
    assert.equal((await apart(...verify)).code, 0)

    const rebuild = ['views', 'rebuild', 'orders', ...store]
    const refused = await line(folder, ...rebuild)
    assert.deepEqual([refused.code, /EW_CONFIG: .*another database/.test(refused.err)], [1, true])
    const rebuilt = await apart(...rebuild)
    assert.match(rebuilt.out, /^orders: generation 2 is in use\n$/)
    assert.equal(verdict((await apart(...verify)).out), 'equal')
    const again = await start(shop, { store: sqlite(join(folder, 'shop.db')), views: views() })
    assert.equal((await again.views.orders.find()).length, 3)
    await again.stop()
  })
