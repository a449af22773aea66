import assert from 'node:assert/strict'
import { service, start, system, type StoreAdapter } from 'eventwright'
import type { BuildProgress } from '../../src/runtime/views/keeper.ts'
import { patience } from '../fixtures/patience.ts'
import { heldBuild } from './held-build.fixture.ts'
import { Order, Orders, PlaceOrder, shop } from './orders.fixture.ts'
import { listening, running, until } from './running.fixture.ts'
import { altered, overStores } from './stores.fixture.ts'

/** Five orders from before there were views. */
async function filled(store: StoreAdapter): Promise<void> {
  const open = await start(system('shop', { services: [service('orders', { parts: [Order] })] }), { store })
  for (let i = 0; i < 5; i++) await open.execute(PlaceOrder({ orderId: `o${i}`, customer: 'ada', total: '1' }))
  await open.stop()
}

/** Counts how many are open. */
function counting(adapter: StoreAdapter): StoreAdapter & { opened: number; readonly open: StoreAdapter['open'] } {
  const counted = {
    ...altered(adapter, (store) => {
      counted.opened++
      return {
        async close() {
          await store.close()
          counted.opened--
        },
      }
    }),
    opened: 0,
  }
  return counted
}

overStores('a start that waits for first builds tells how far they are, the end included', async (t, store) => {
  await filled(store)
  const held = await heldBuild(t, store, Orders)
  const told: BuildProgress[] = []
  let started = false
  const starting = running(t, shop, { store, onProgress: (progress) => told.push(progress) }).finally(
    () => (started = true),
  )
  const ofOrders = () => told.filter(({ view }) => view === 'orders')
  await until('the build is told of', () => ofOrders().length > 0)
  // Others may have begun to ship meanwhile, which are more events.
  const { of, ...first } = ofOrders()[0]!
  assert.deepEqual([first, of >= 5, started], [{ view: 'orders', position: 0 }, true, false])
  await held.letGo()
  const open = await starting
  assert.deepEqual(ofOrders().at(-1), { view: 'orders', position: of, of })
  assert.equal(await open.views.orders.count(), 5)
})

overStores('without anybody to tell, the log says that a view is being built', async (t, store) => {
  await filled(store)
  const held = await heldBuild(t, store, Orders)
  const log = listening()
  const starting = running(t, shop, { store, log })
  await until('the log says it', () => log.said.includes('info: building a view'))
  await held.letGo()
  await starting
})

overStores('a start that is broken off leaves nothing running and nothing owned', async (t, store) => {
  await filled(store)
  const held = await heldBuild(t, store, Orders)
  const ending = new AbortController()
  const opened = counting(store)
  const reason = new Error('changed my mind')
  const starting = start(shop, {
    store: opened,
    signal: ending.signal,
    leaseMs: 3_600_000,
    onProgress: () => ending.abort(reason),
  })
  await assert.rejects(starting, reason)
  assert.equal(opened.opened, 0)
  await held.letGo()
  const open = await running(t, shop, { store, leaseMs: 3_600_000 })
  assert.ok(await open.caughtUp(patience))
  assert.equal(await open.views.orders.count({ customer: 'ada' }), 5)
})

overStores('a start that was broken off before it began opens no store', async (_t, store) => {
  let opened = 0
  const watched = altered(store, () => (opened++, {}))
  await assert.rejects(start(shop, { store: watched, signal: AbortSignal.abort() }), { name: 'AbortError' })
  assert.equal(opened, 0)
})

overStores('a start that is done does not care for its signal any more', async (t, store) => {
  const ending = new AbortController()
  const open = await running(t, shop, { store, signal: ending.signal })
  ending.abort()
  await open.execute(PlaceOrder({ orderId: 'o1', customer: 'ada', total: '1' }))
  assert.ok(await open.caughtUp(patience))
})
