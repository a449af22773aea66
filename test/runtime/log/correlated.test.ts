import assert from 'node:assert/strict'
import { patience } from '../../fixtures/patience.ts'
import { Order, OrderShipped, PlaceOrder, shop } from '../orders.fixture.ts'
import { running } from '../running.fixture.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

overStores(
  'events of a correlation id are found as soon as they are there, and a search says how far it has come',
  async (t, store) => {
    const open = await running(t, shop, { store })
    const place = (orderId: string, correlationId: string) =>
      open.execute(PlaceOrder({ orderId, customer: 'Ann', total: '1.00' }), { correlationId })
    await place('a', 'one')
    await place('b', 'two')
    assert.ok(await open.caughtUp(patience))
    const { events, isCut, behind } = await open.inspect.events.correlated('one', 10)
    assert.deepEqual(
      events.map(({ type, stream }) => [type, stream]),
      [
        ['OrderPlaced', 'Order/a'],
        ['OrderShipped', 'Order/a'],
      ],
    )
    assert.deepEqual([isCut, behind], [false, 0])
    assert.equal((await open.inspect.events.correlated('one', 1)).isCut, true)
    await place('c', 'one')
    assert.ok((await open.inspect.events.correlated('one', 10)).events.some(({ stream }) => stream === 'Order/c'))

    // One search takes so many pages and no more.
    for (let n = 0; n < 13; n++)
      await open.append(
        Order,
        'much',
        Array.from({ length: 1_900 }, () => OrderShipped({ orderId: 'much' })),
      )
    const far = await open.inspect.events.correlated('one', 10)
    assert.ok(far.behind > 0 && far.behind < 13 * 1_900, `${far.behind} behind`)
    let left = far.behind
    while (left > 0) left = await open.inspect.events.extendIndex()
    assert.equal((await open.inspect.events.correlated('one', 10)).behind, 0)

    await open.operate.streams.delete('Order/a', { who: 'ann', why: 'asked for' })
    const rest = (await open.inspect.events.correlated('one', 10)).events
    assert.ok(rest.length > 0 && rest.every(({ stream }) => stream === 'Order/c'))
  },
  everyStoreKind,
)
