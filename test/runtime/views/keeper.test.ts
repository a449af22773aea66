import assert from 'node:assert/strict'
import {
  projection,
  service,
  start,
  system,
  systemClock,
  t as field,
  type AnyProjection,
  type DataOf,
  type StoreAdapter,
} from 'eventwright'
import { silentLog } from '../../../src/base/log.ts'
import { signal } from '../../../src/base/signal.ts'
import type { ViewBuild } from '../../../src/ports/views.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { inspect } from '../../../src/runtime/inspect.ts'
import { logReader } from '../../../src/runtime/log/reader.ts'
import { space } from '../../../src/runtime/loop/space.ts'
import { viewKeeper } from '../../../src/runtime/views/keeper.ts'
import { rebuildView } from '../../../src/runtime/views/rebuild.ts'
import { tableOf, viewConsumer } from '../../../src/runtime/views/table.ts'
import { patience, patienceMs } from '../../fixtures/patience.ts'
import { Order, OrderPlaced, OrderShipped, PlaceOrder, shop, ShipOrder } from '../orders.fixture.ts'
import { listening, running, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const place = (orderId: string) => PlaceOrder({ orderId, customer: 'ada', total: '1' })

/** Handlers of different text. */
const handlers = {
  first: { OrderPlaced: (_: unknown, e: Placed) => ({ orderId: e.orderId, label: 'first' }) },
  second: { OrderPlaced: (_: unknown, e: Placed) => ({ orderId: e.orderId, label: 'second' }) },
  third: { OrderPlaced: (_: unknown, e: Placed) => ({ orderId: e.orderId, label: 'third' }) },
}
type Placed = DataOf<typeof OrderPlaced>

function withText(text: keyof typeof handlers) {
  const row = { orderId: field.string(), label: field.string() }
  return projection('orders', { from: [OrderPlaced], key: (e) => e.orderId, row }).on(handlers[text])
}

const shopOf = (view: ReturnType<typeof withText>) =>
  system('shop', { services: [service('orders', { parts: [Order, view] })] })

/** Begins a generation as a process that ends in the middle: with the row of `o1`, up to its event. */
async function halfBuilt(adapter: StoreAdapter, view: AnyProjection, end: 'killed' | 'drained'): Promise<ViewBuild> {
  const { name, version, identity } = view
  const store = await adapter.open({ clock: systemClock })
  const build = await store.builds.add({ view: name, version, identity, textHash: view.textHash() })
  const table = tableOf(view, build.generation)
  const consumer = viewConsumer(name, build.generation)
  await store.views.ensure(table)
  await store.ownership.ensure(consumer, 'log', 1, 0)
  const [held] = await store.ownership.claim(consumer, 'log', 'ended', 600_000)
  const { bucket, epoch } = held!
  const row = view.on['OrderPlaced']!(undefined, { orderId: 'o1' }, undefined as never, undefined as never)
  const [outcome] = await store.commit([
    {
      rows: [{ table: table.name, key: 'o1', applied: 1, row }],
      positions: [{ consumer, source: 'log', bucket, epoch, from: 0, to: 1, ttlMs: 600_000 }],
    },
  ])
  assert.ok(outcome?.ok)
  if (end === 'drained') await store.ownership.release([held!].map((each) => ({ ...each, consumer, source: 'log' })))
  await store.close()
  return build
}

/** The shop with one view, declared as a release has it. */
function release(version: number, shown: string) {
  const view = projection('orders', {
    from: [OrderPlaced, OrderShipped],
    key: (e) => e.orderId,
    row: { orderId: field.string(), label: field.string() },
    version,
  }).on({
    OrderPlaced: (_, e) => ({ orderId: e.orderId, label: `${shown} placed` }),
    OrderShipped: (r) => r && { ...r, label: `${shown} shipped` },
  })
  return system('shop', { services: [service('orders', { parts: [Order, view] })] })
}

for (const view of ['orders', 'ordersInline'] as const) {
  overStores(
    `a rebuild while orders arrive is swapped in, loses nothing, and equals the view beside it (${view})`,
    async (t, store) => {
      const open = await running(t, shop, { store })
      for (let i = 0; i < 200; i++) await open.execute(place(`o${i}`))
      const generation = await open.operate.rebuild(view)
      let placed = 200
      let done = false
      const reading = (async () => {
        for (let rows = 0; !done;) {
          const now = await open.views[view].count()
          // What an inline view has beyond the log's consumer comes a moment later in a new generation.
          if (view === 'orders') assert.ok(now >= rows, `${now} rows after ${rows}`)
          rows = now
          await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      const swapped = until('the rebuilt view is in use', async () =>
        (await open.inspect.views()).some(
          (each) => each.view === view && each.generation === generation && each.state === 'active',
        ),
      ).finally(() => (done = true))
      while (!done) {
        const { receipt } = await open.execute(place(`o${placed++}`))
        const row = await open.views[view].get(`o${placed - 1}`, { after: receipt, timeout: '1m' })
        assert.equal(row?.orderId, `o${placed - 1}`)
      }
      await Promise.all([swapped, reading])
      assert.ok(placed > 200, `${placed} orders`)
      assert.ok(await open.caughtUp(patience))
      const rows = await open.views[view].find()
      assert.equal(rows.length, placed)
      assert.deepEqual(rows, await open.views.ordersLive.find())
      assert.ok(rows.every((row) => row.status === 'shipped'))
    },
  )
}

overStores('a watcher goes on over a swap', async (t, store) => {
  const open = await running(t, shop, { store })
  const ending = new AbortController()
  const seen = new Set<string>()
  const changes = open.views.orders.watch({}, { signal: ending.signal })
  const watching = (async () => {
    for await (const { key } of changes) seen.add(key)
  })()
  await open.execute(place('first'))
  await until('the first change is seen', () => seen.has('first'))
  const generation = await open.operate.rebuild('orders')
  await until('the rebuilt view is in use', async () =>
    (await open.inspect.views()).some(
      (each) => each.view === 'orders' && each.generation === generation && each.state === 'active',
    ),
  )
  await open.execute(place('second'))
  await until('a change after the swap is seen', () => seen.has('second'))
  ending.abort()
  await watching
})

overStores('two rebuilds asked for at once, with the watchman looking, are one', async (t, store) => {
  const open = await running(t, shop, { store })
  for (let i = 0; i < 30; i++) await open.execute(place(`o${i}`))
  const asked = await Promise.all([
    open.operate.rebuild('orders'),
    open.operate.rebuild('orders'),
    open.operate.rebuild('orders'),
  ])
  assert.equal(new Set(asked).size, 1)
  await until('it is in use', async () =>
    (await open.inspect.views()).some(
      (each) => each.view === 'orders' && each.generation === asked[0] && each.state === 'active',
    ),
  )
  assert.equal(await open.views.orders.count(), 30)
  await assert.rejects(open.operate.rebuild('nothing'), { code: 'EW_VIEW_UNKNOWN' })
  await assert.rejects(open.operate.rebuild('ordersLive'), { code: 'EW_VIEW_UNKNOWN' })
})

overStores(
  'a new release builds its own view while the old one goes on with its own, also over a later rebuild',
  async (t, store) => {
    const old = await running(t, release(1, 'old'), { store })
    for (let i = 0; i < 20; i++) await old.execute(place(`o${i}`))
    const now = await running(t, release(2, 'new'), { store })
    assert.equal((await now.views.orders.get('o7'))?.label, 'new placed')
    const shipped = await now.execute(ShipOrder({ orderId: 'o7' }))
    assert.equal((await now.views.orders.get('o7', { after: shipped.receipt, timeout: '1m' }))?.label, 'new shipped')
    assert.equal((await old.views.orders.get('o7', { after: shipped.receipt, timeout: '1m' }))?.label, 'old shipped')
    for (let round = 0; round < 2; round++) {
      const generation = await now.operate.rebuild('orders')
      await until('the rebuilt view is in use', async () =>
        (await now.inspect.views()).some((each) => each.generation === generation && each.state === 'active'),
      )
    }
    const { receipt } = await now.execute(place('late'))
    assert.equal((await old.views.orders.get('late', { after: receipt, timeout: '1m' }))?.label, 'old placed')
    await old.stop()
    const again = await running(t, release(1, 'old'), { store })
    assert.equal((await again.views.orders.get('late'))?.label, 'old placed')
    assert.equal((await now.inspect.views()).filter((each) => each.state === 'active')[0]?.version, 2)
  },
)

overStores(
  'changed handlers of an unchanged version rebuild the view in dev, and are only said in production',
  async (t, store) => {
    const first = await start(release(1, 'first'), { store, mode: 'dev' })
    await first.execute(place('o1'))
    assert.ok(await first.caughtUp(patience))
    await first.stop()
    const changed = projection('orders', {
      from: [OrderPlaced, OrderShipped],
      key: (e) => e.orderId,
      row: { orderId: field.string(), label: field.string() },
    }).on({ OrderPlaced: (_, e) => ({ orderId: e.orderId, label: 'changed' }), OrderShipped: (r) => r })
    const next = system('shop', { services: [service('orders', { parts: [Order, changed] })] })
    const log = listening()
    const production = await start(next, { store, mode: 'production', log })
    assert.equal((await production.views.orders.get('o1'))?.label, 'first placed')
    assert.ok(log.said.includes('warn: the handlers of a view have changed, but not its version'))
    await production.stop()
    const dev = await running(t, next, { store, mode: 'dev' })
    await until('the view is rebuilt', async () => (await dev.views.orders.get('o1'))?.label === 'changed')
  },
)

overStores(
  'in dev a half-built generation of other handlers is begun anew, whether it is the first or beside one in use',
  async (t, store) => {
    const writer = await start(system('shop', { services: [service('orders', { parts: [Order] })] }), { store })
    for (const orderId of ['o1', 'o2']) await writer.execute(place(orderId))
    await writer.stop()
    const begun = await halfBuilt(store, withText('first'), 'killed')
    const second = await start(shopOf(withText('second')), { store, mode: 'dev' })
    const labels = async (open: typeof second) => (await open.views.orders.find()).map(({ label }) => label)
    assert.deepEqual(await labels(second), ['second', 'second'])
    assert.ok((await second.inspect.views()).every(({ generation }) => generation > begun.generation))
    await second.stop()
    await halfBuilt(store, withText('first'), 'drained')
    const third = await start(shopOf(withText('third')), { store, mode: 'dev' })
    await until('the view is of the third text', async () => (await labels(third)).includes('third'))
    assert.deepEqual(await labels(third), ['third', 'third'])
    await third.stop()
    // The handlers were changed and changed back before the rebuild was noted.
    const back = await halfBuilt(store, withText('first'), 'killed')
    const again = await running(t, shopOf(withText('third')), { store, mode: 'dev' })
    assert.ok((await again.inspect.views()).every(({ generation }) => generation !== back.generation))
    assert.deepEqual(await labels(again), ['third', 'third'])
  },
)

overStores('a half-built generation of the same handlers is gone on with', async (t, store) => {
  const writer = await start(system('shop', { services: [service('orders', { parts: [Order] })] }), { store })
  for (const orderId of ['o1', 'o2']) await writer.execute(place(orderId))
  await writer.stop()
  const begun = await halfBuilt(store, withText('first'), 'drained')
  const open = await running(t, shopOf(withText('first')), { store, mode: 'dev' })
  assert.deepEqual(
    (await open.inspect.views()).map(({ generation, state }) => [generation, state]),
    [[begun.generation, 'active']],
  )
  assert.equal(await open.views.orders.count(), 2)
})

overStores(
  'a rebuild that is asked for never goes on with rows of other handlers, in production either',
  async (t, store) => {
    const first = await start(shopOf(withText('first')), { store })
    for (const orderId of ['o1', 'o2']) await first.execute(place(orderId))
    await first.stop()
    const begun = await halfBuilt(store, withText('second'), 'killed')
    const options = { clock: systemClock, signal: AbortSignal.timeout(patienceMs) }
    const next = shopOf(withText('third'))
    const rebuilt = await rebuildView(next, 'orders', await store.open({ clock: systemClock }), options)
    assert.deepEqual(rebuilt, { generation: begun.generation + 1, finished: true })
    const open = await running(t, next, { store, mode: 'production' })
    assert.deepEqual(
      (await open.views.orders.find()).map(({ label }) => label),
      ['third', 'third'],
    )
  },
)

overStores(
  'a view goes on where it was when its service is renamed, and inspection tells of it once',
  async (t, store) => {
    const counts = projection('orders', {
      from: [OrderPlaced],
      key: (e) => e.customer,
      row: { placed: field.int() },
    }).on({ OrderPlaced: (row) => ({ placed: (row?.placed ?? 0) + 1 }) })
    const named = (name: string) => system('shop', { services: [service(name, { parts: [Order, counts] })] })
    const before = await start(named('orders'), { store })
    await before.execute(place('o1'))
    assert.ok(await before.caughtUp(patience))
    await before.stop()
    const open = await running(t, named('sales'), { store })
    const { receipt } = await open.execute(place('o2'))
    assert.equal((await open.views.orders.get('ada', { after: receipt, timeout: '1m' }))?.placed, 2)
    // With several buckets a position is stored a little later than what it stands for.
    assert.ok(await open.caughtUp(patience))
    const bare = await store.open({ clock: systemClock })
    t.after(() => bare.close())
    for (const look of [open.inspect, inspect(bare)]) {
      assert.deepEqual(
        (await look.views()).map(({ view, position }) => [view, position]),
        [['orders', 2]],
      )
      assert.equal((await look.consumers()).filter(({ name }) => name.startsWith('view:')).length, 1)
    }
  },
)

overStores('a look that fails while the keeper stops leaves no consumer behind', async (t, adapter) => {
  const store = await adapter.open({ clock: systemClock })
  let broken: Promise<void> | undefined
  const list: typeof store.builds.list = async (view) => {
    await broken
    return store.builds.list(view)
  }
  const wake = signal()
  const shared = { clock: systemClock, log: silentLog, wake }
  const terms = { owner: 'one', leaseMs: 60_000, backstopMs: 50, limits: commitLimits }
  const altogether = { ...store, builds: { ...store.builds, list } }
  const work = space({ ...shared, ...terms, store: altogether, reader: () => logReader(store.log, () => []) })
  t.after(() => work.close())
  const keeper = await viewKeeper({
    ...shared,
    projection: withText('first'),
    space: work,
    stuckAfter: 100,
    pageEvents: 10,
    buckets: 1,
    mode: 'production',
    head: () => store.log.head(0),
    again: async () => [],
  })
  const owners = async () => (await store.ownership.list()).map(({ owner }) => owner)
  await until('it is at work', async () => (await owners()).includes('one'))
  const failing = Promise.withResolvers<void>()
  broken = failing.promise
  const looking = assert.rejects(keeper.tend(), /no such luck/)
  const stopping = keeper.stop()
  failing.reject(new Error('no such luck'))
  await Promise.all([looking, stopping])
  assert.deepEqual(await owners(), [null])
})
