import assert from 'node:assert/strict'
import {
  aggregate,
  command,
  event,
  projection,
  service,
  start,
  system,
  systemClock,
  t as field,
  type AnySystem,
  type StoreAdapter,
} from 'eventwright'
import { rebuildView, type RebuildOptions } from '../../../src/runtime/views/rebuild.ts'
import type { BuildProgress } from '../../../src/runtime/views/keeper.ts'
import { account } from '../../faults/versions.fixture.ts'
import { patience } from '../../fixtures/patience.ts'
import { Order, OrderPlaced, PlaceOrder, shop } from '../orders.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

/** The shop with a view of a version, whose handler may fail. */
function release(version: number, fails = false) {
  const view = projection('orders', {
    from: [OrderPlaced],
    key: (e) => e.orderId,
    row: { orderId: field.string() },
    version,
  }).on({
    OrderPlaced(_, e) {
      if (fails) throw new Error('no such luck')
      return { orderId: e.orderId }
    },
  })
  return system('shop', { services: [service('orders', { parts: [Order, view] })] })
}

async function filled(system: AnySystem, store: StoreAdapter, orders = 3): Promise<void> {
  const open = (await start(system, { store })) as any
  for (let i = 0; i < orders; i++) await open.execute(PlaceOrder({ orderId: `o${i}`, customer: 'ada', total: '1' }))
  assert.ok(await open.caughtUp(patience))
  await open.stop()
}

/** Rebuilds, and checks that the store was closed and nothing is owned any more, whatever became of it. */
async function rebuilding(
  adapter: StoreAdapter,
  system: AnySystem,
  view: string,
  options: Partial<RebuildOptions> = {},
) {
  let closed = 0
  const counting = altered(adapter, (real) => ({
    async close() {
      closed++
      await real.close()
    },
  }))
  const store = await counting.open({ clock: systemClock })
  try {
    return await rebuildView(system, view, store, { clock: systemClock, ...options })
  } finally {
    assert.equal(closed, 1)
    const after = await adapter.open({ clock: systemClock })
    assert.deepEqual(
      (await after.ownership.list()).filter(({ owner }) => owner !== null),
      [],
    )
    await after.close()
  }
}

overStores('a rebuild tells how far it is, the end included, and leaves a view that is in use', async (t, store) => {
  await filled(shop, store)
  const told: BuildProgress[] = []
  const answer = await rebuilding(store, shop, 'orders', { onProgress: (progress) => told.push(progress) })
  assert.deepEqual(answer, { generation: 2, finished: true })
  assert.deepEqual(told.at(-1), { view: 'orders', position: 6, of: 6 })
  const open = await start(shop, { store })
  t.after(() => open.stop())
  const builds = (await open.inspect.views()).filter(({ view }) => view === 'orders')
  assert.deepEqual(
    builds.map(({ generation, state }) => [generation, state]),
    [
      [1, 'retired'],
      [2, 'active'],
    ],
  )
  assert.equal(await open.views.orders.count({ customer: 'ada' }), 3)
})

overStores('a rebuild that is broken off says so and gives up what it held', async (_t, store) => {
  await filled(shop, store)
  const answer = await rebuilding(store, shop, 'orders', { signal: AbortSignal.abort() })
  assert.deepEqual(answer, { generation: 2, finished: false })
})

overStores('a view that cannot be rebuilt is refused with its reason', async (_t, store) => {
  await filled(release(2), store)
  await assert.rejects(rebuilding(store, shop, 'ordersLive'), { code: 'EW_VIEW_UNKNOWN' })
  await assert.rejects(rebuilding(store, shop, 'nothing'), { code: 'EW_VIEW_UNKNOWN' })
  await assert.rejects(rebuilding(store, release(1), 'orders'), { code: 'EW_CONFIG' })
})

overStores('a rebuild that has no end is given up: broken handlers, events of a newer release', async (_t, store) => {
  await filled(release(1), store, 120)
  await assert.rejects(rebuilding(store, release(2, true), 'orders'), { code: 'EW_STUCK' })
  const now = (await start(account(2).system, { store })) as any
  await now.execute(account(2).Open({ id: 'a', amount: '2' }))
  await now.stop()
  await assert.rejects(rebuilding(store, account(1).system, 'asyncView'), { code: 'EW_EVENT_NEWER' })
})

overStores('what a generation has parked goes with it', async (t, store) => {
  const Told = event('Told', { who: field.string() })
  const Tell = command('Tell', { who: field.string() })
  const Person = aggregate('Person', { events: [Told], commands: [Tell], id: (c) => c.who, initial: () => 0 })
    .evolve({ Told: (times) => times + 1 })
    .decide({ Tell: (c) => Told(c) })
  let isBroken = true
  const People = projection('people', { from: [Told], key: (e) => e.who, row: { who: field.string() } }).on({
    Told(_, { who }) {
      if (isBroken) throw new Error('not yet')
      return { who }
    },
  })
  const town = system('town', { services: [service('hall', { parts: [Person, People] })] })
  const open = await running(t, town, { store })
  await open.execute(Tell({ who: 'ada' }))
  const parked = async () => (await open.inspect.deadLetters.list({ limit: 10 })).map(({ consumer }) => consumer)
  await until('the key is parked', async () => (await parked()).length === 1)
  isBroken = false
  for (let rebuilt = 1; rebuilt <= 2; rebuilt++) {
    const generation = await open.operate.rebuild('people')
    const active = async () => (await open.inspect.views()).find(({ state }) => state === 'active')
    await until('it is swapped in', async () => (await active())?.generation === generation)
  }
  await until('nothing of the first one is left', async () => (await parked()).length === 0)
  assert.deepEqual(await open.views.people.get('ada'), { who: 'ada' })
})
