import assert from 'node:assert/strict'
import { systemClock } from '../../../src/base/clock.ts'
import { inspect } from '../../../src/runtime/inspect.ts'
import { patience } from '../../fixtures/patience.ts'
import { PlaceOrder, shop } from '../orders.fixture.ts'
import { running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

overStores(
  'rows of views of every mode are read as they stand, in pages, with or without a running system',
  async (t, adapter) => {
    const open = await running(t, shop, { store: adapter })
    for (const [orderId, total] of [
      ['a', '3.00'],
      ['b', '10.00'],
      ['c', '2.50'],
    ] as const)
      await open.execute(PlaceOrder({ orderId, customer: 'Ann', total }))
    assert.ok(await open.caughtUp(patience))
    for (const view of ['orders', 'ordersInline', 'ordersLive']) {
      const { rows, next } = await open.inspect.rows.page(view, { orderBy: 'total', limit: 2 })
      assert.deepEqual(
        rows.map(({ key, stale, row }) => [key, stale, row['total']]),
        [
          ['c', false, '2.50'],
          ['a', false, '3.00'],
        ],
      )
      const rest = await open.inspect.rows.page(view, { orderBy: 'total', limit: 2, cursor: next! })
      assert.deepEqual([rest.rows.map(({ key }) => key), rest.next], [['b'], undefined])
      assert.equal((await open.inspect.rows.get(view, 'b'))?.row['customer'], 'Ann')
      assert.equal(await open.inspect.rows.get(view, 'nobody'), undefined)
    }
    await assert.rejects(open.inspect.rows.page('nothing', {}), { code: 'EW_VIEW_UNKNOWN' })
    await assert.rejects(open.inspect.rows.page('orders', { orderBy: 'at' }), { code: 'EW_QUERY' })

    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const beside = inspect(store, undefined, undefined, shop.graph)
    assert.equal((await beside.rows.page('orders', {})).rows.length, 3)
    await assert.rejects(beside.rows.get('ordersLive', 'a'), { code: 'EW_VIEW_UNKNOWN' })
    await assert.rejects(inspect(store).rows.get('orders', 'a'), { code: 'EW_CONFIG' })
  },
)
