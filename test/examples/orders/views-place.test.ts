import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { deleteViews, viewsAdapterFor, viewsFrom, viewsPartOf } from '../../../examples/orders/views-place.ts'
import { openShop } from '../../../examples/orders/open.ts'
import { serviceNames } from '../../../examples/orders/shop/system.ts'
import { silentLog } from 'eventwright'
import { ReceiveStock } from '../../../examples/orders/shop/inventory/stock.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { cutProxy } from '../../fixtures/cut-proxy.ts'
import { freshMongodb } from '../../fixtures/fresh-mongodb.ts'
import { mongodbUrl } from '../../fixtures/mongodb.ts'
import { ask, askPatiently, openForTest, post } from './open-shop.ts'
import { folderOfStores } from './store-folder.ts'

test('views are in the store unless a database is named, and a place that is none is refused', () => {
  assert.equal(viewsFrom({}), 'store')
  assert.equal(viewsFrom({ EVENTWRIGHT_VIEWS: 'mongodb://h/x' }), 'mongodb://h/x')
  assert.throws(() => viewsFrom({ EVENTWRIGHT_VIEWS: 'redis://h' }), /EVENTWRIGHT_VIEWS/)
  assert.equal(viewsAdapterFor('store', '/a/shop.db'), undefined)
  assert.equal(viewsAdapterFor('mongodb://h', '/a/shop.one.db')?.name, 'mongodb h/shop_one')
  assert.equal(viewsAdapterFor('mongodb://h/mine', '/a/shop.db')?.name, 'mongodb h/mine')
  assert.throws(() => viewsAdapterFor('mongodb://h', ':memory:'), /EVENTWRIGHT_VIEWS/)
  assert.equal(viewsPartOf('mongodb://me:pw@h:1,i/mine?w=1', 'orders'), 'mongodb://me:pw@h:1,i/mine_orders?w=1')
  // Where none is named each store has one of its own already.
  for (const place of ['store', 'mongodb://h', 'mongodb://h/?w=1'] as const)
    assert.equal(viewsPartOf(place, 'orders'), place)
})

if (mongodbUrl() !== undefined) {
  test('the read models of the shop are in MongoDB, and go with it', async (t) => {
    const { database, client, drop } = freshMongodb()
    t.after(drop)
    const [store, views] = [join(folderFor(t), 'shop.db'), `${mongodbUrl()}/${database}` as 'mongodb://']
    const shop = await openShop(store, serviceNames, silentLog, 'embedded', views)
    try {
      const { receipt } = await shop.execute(ReceiveStock({ sku: 'mug', quantity: 3 }))
      assert.equal((await shop.views.stock.get('mug', { after: receipt }))?.onHand, 3)
    } finally {
      await shop.stop()
    }
    const names = async () =>
      (await client.db(database).collections()).map(({ collectionName }) => collectionName).sort()
    assert.deepEqual(await names(), [
      'eventwright',
      'view_orders_1',
      'view_salesByCountry_1',
      'view_salesByDay_1',
      'view_stock_1',
    ])
    await deleteViews(views, store)
    assert.deepEqual(await names(), [])
  })

  test('an order in MongoDB is read right after it was placed, by whichever process, and until it is decided', async (t) => {
    const { database, client, drop } = freshMongodb()
    t.after(drop)
    const proxy = await cutProxy(mongodbUrl()!)
    t.after(() => proxy.close())
    const [store, views] = [join(folderOfStores(t), 'shop.db'), `${proxy.url}/${database}` as 'mongodb://']
    const [one, other] = [await openForTest(store, views), await openForTest(store, views)]
    await post(`${one.url}/stock/LAMP/receipts`, { quantity: 50 })
    const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]
    const ids = Array.from({ length: 10 }, (_, n) => `order-${n}`)
    for (const [n, orderId] of ids.entries()) {
      // The row comes late: what is to write it breaks, and is sent again after a while.
      if (n % 4 === 0) void proxy.cutRequest('upsert')
      assert.equal((await post(`${one.url}/orders`, { orderId, customerId: 'ada', items })).status, 202)
      for (const { url } of [other, one])
        assert.equal((await askPatiently(`${url}/orders/${orderId}`)).body.orderId, orderId)
    }
    for (const orderId of ids)
      assert.equal((await askPatiently(`${other.url}/orders/${orderId}?wait=30s`)).body.status, 'confirmed')
    assert.equal((await ask(`${other.url}/orders/nobody`)).status, 404)
    assert.equal((await ask(`${one.url}/customers/ada/orders`)).body.length, ids.length)
    const rows = client.db(database).collection('view_orders_1')
    assert.equal(await rows.countDocuments({ 'row.status': 'confirmed' }), ids.length)
    assert.deepEqual([one.reported, other.reported], [[], []])
  })
}
