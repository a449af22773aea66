import assert from 'node:assert/strict'
import { patience } from '../../fixtures/patience.ts'
import { PlaceOrder, shop } from '../orders.fixture.ts'
import { all, running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

overStores('what a handler of an event executes belongs to its correlation, actor and tenant', async (t, store) => {
  const open = await running(t, shop, { store })
  const origin = { correlationId: 'c-1', actor: 'ann', tenant: 'north' }
  await open.execute(PlaceOrder({ orderId: 'a', customer: 'Ann', total: '1.00' }), origin)
  assert.ok(await open.caughtUp(patience))
  const [placed, shipped] = await all(open.events.stream('Order/a'))
  assert.equal(shipped?.type, 'OrderShipped')
  assert.deepEqual({ ...shipped?.meta }, { ...origin, causationId: placed?.id })
})
