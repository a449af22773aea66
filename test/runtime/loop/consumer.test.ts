import assert from 'node:assert/strict'
import { start } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { bank, Deposit, Open } from '../bank.fixture.ts'
import { PlaceOrder, shop } from '../orders.fixture.ts'
import { listening, running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

for (const when of ['before', 'after'] as const) {
  overStores(
    `a consumer whose connection breaks ${when} its commit passes no event over and applies none twice`,
    async (t, store) => {
      let cuts = 0
      const cut = altered(store, (real) => ({
        async commit(units) {
          const ofTheView = units.some((unit) => (unit.rows ?? []).some(({ table }) => table.startsWith('view_totals')))
          if (!ofTheView || cuts >= 3) return real.commit(units)
          cuts++
          if (when === 'after') await real.commit(units)
          throw new Error('the connection was cut')
        },
      }))
      const open = await running(t, bank, { store: cut, leaseMs: 1_000 })
      await open.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
      for (let i = 0; i < 20; i++) await open.execute(Deposit({ id: 'a', amount: 1 }))
      await until('the connection was cut three times', () => cuts === 3)
      assert.ok(await open.caughtUp(patience))
      assert.deepEqual(await open.views.totals.get('all'), { sum: 20, count: 20 })
      assert.deepEqual(await open.views.totals.get('a'), { sum: 20, count: 20 })
    },
  )
}

overStores(
  'of two systems on one store one applies what is not divided, and both read the same',
  async (t, adapter) => {
    const store = altered(adapter, () => ({ buckets: { projections: 1, subscriptions: 1, relay: 1, sagas: 1 } }))
    const first = await running(t, bank, { store })
    const second = await running(t, bank, { store })
    await first.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? first : second).execute(Deposit({ id: 'a', amount: 1 }))),
    )
    for (const open of [first, second]) {
      assert.ok(await open.caughtUp(patience))
      assert.deepEqual(await open.views.totals.get('all'), { sum: 60, count: 60 })
    }
    const totals = async () =>
      (await Promise.all([first, second].map((open) => open.inspect.consumers())))
        .flat()
        .filter(({ name }) => name.includes('view:totals'))
    // On a busy machine one may just have taken over from the other, who has yet to notice.
    let ofTotals = await totals()
    await until('one of them waits', async () => {
      ofTotals = await totals()
      return (
        ofTotals
          .map(({ state }) => state)
          .sort()
          .join() === 'running,waiting'
      )
    })
    assert.deepEqual(
      ofTotals.map(({ owners, position }) => [owners.length, position]),
      [
        [1, 61],
        [1, 61],
      ],
    )
  },
)

overStores(
  'views that are behind by thousands of events catch up at the start, and the log says so',
  async (t, store) => {
    const writing = await start(shop, { store })
    await Promise.all(
      Array.from({ length: 1_500 }, (_, i) =>
        writing.execute(PlaceOrder({ orderId: `o${i}`, customer: 'x', total: '1' })),
      ),
    )
    assert.ok(await writing.caughtUp(patience))
    await writing.stop()
    const log = listening()
    const again = await running(t, shop, { store, log })
    assert.equal(await again.views.ordersLive.count(), 1_500)
    assert.equal((await again.views.ordersLive.get('o1499'))?.status, 'shipped')
    assert.equal(await again.views.orders.count(), 1_500)
    assert.deepEqual(
      log.said.filter((line) => line.startsWith('error')),
      [],
    )
  },
)

overStores('no consumer of a system takes anything before all of them are there', async (t, store) => {
  const steps: string[] = []
  const watched = altered(store, ({ ownership }) => ({
    ownership: {
      ...ownership,
      async ensure(...row) {
        steps.push('ensure')
        await ownership.ensure(...row)
      },
      async claim(...wanted) {
        steps.push('claim')
        return ownership.claim(...wanted)
      },
    },
  }))
  const open = await running(t, shop, { store: watched })
  await open.execute(PlaceOrder({ orderId: 'o1', customer: 'x', total: '1' }))
  assert.ok(await open.caughtUp(patience))
  const [lastEnsure, firstClaim] = [steps.lastIndexOf('ensure'), steps.indexOf('claim')]
  assert.ok(lastEnsure > 0 && lastEnsure < firstClaim, steps.join(' '))
})

overStores('a process that owns nothing does not write at the commits of others', async (t, adapter) => {
  // Where processes share, this one would soon own something.
  const store = altered(adapter, () => ({ shared: false }))
  const first = await running(t, bank, { store })
  let claims = 0
  const counting = altered(store, ({ ownership }) => ({
    ownership: {
      ...ownership,
      claim: async (...of) => {
        claims++
        return ownership.claim(...of)
      },
    },
  }))
  await running(t, bank, { store: counting })
  await first.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
  assert.ok(await first.caughtUp(patience))
  const before = claims
  for (let i = 0; i < 30; i++) await first.execute(Deposit({ id: 'a', amount: 1 }))
  assert.ok(await first.caughtUp(patience))
  assert.equal(claims, before)
})
