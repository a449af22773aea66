import assert from 'node:assert/strict'
import { projection, service, start, system, t as field } from 'eventwright'
import { Order, OrderPlaced, OrderShipped, PlaceOrder, shop, ShipOrder } from './orders.fixture.ts'
import { listening, running, until } from './running.fixture.ts'
import { overStores } from './stores.fixture.ts'

const place = (orderId: string) => PlaceOrder({ orderId, customer: 'ada', total: '1' })

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
        assert.equal((await open.views[view].get(`o${placed - 1}`, { after: receipt }))?.orderId, `o${placed - 1}`)
      }
      await Promise.all([swapped, reading])
      assert.ok(placed > 210, `${placed} orders`)
      assert.ok(await open.caughtUp({ timeoutMs: 10_000 }))
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
    const old = await running(t, release(1, 'old'), { store, leaseMs: 2_000 })
    for (let i = 0; i < 20; i++) await old.execute(place(`o${i}`))
    const now = await running(t, release(2, 'new'), { store, leaseMs: 2_000 })
    assert.equal((await now.views.orders.get('o7'))?.label, 'new placed')
    const shipped = await now.execute(ShipOrder({ orderId: 'o7' }))
    assert.equal((await now.views.orders.get('o7', { after: shipped.receipt }))?.label, 'new shipped')
    assert.equal((await old.views.orders.get('o7', { after: shipped.receipt }))?.label, 'old shipped')
    for (let round = 0; round < 2; round++) {
      const generation = await now.operate.rebuild('orders')
      await until('the rebuilt view is in use', async () =>
        (await now.inspect.views()).some((each) => each.generation === generation && each.state === 'active'),
      )
    }
    const { receipt } = await now.execute(place('late'))
    assert.equal((await old.views.orders.get('late', { after: receipt }))?.label, 'old placed')
    await old.stop()
    const again = await running(t, release(1, 'old'), { store, leaseMs: 2_000 })
    assert.equal((await again.views.orders.get('late'))?.label, 'old placed')
    assert.equal((await now.inspect.views()).filter((each) => each.state === 'active')[0]?.version, 2)
  },
)

overStores(
  'changed handlers of an unchanged version rebuild the view in dev, and are only said in production',
  async (t, store) => {
    const first = await start(release(1, 'first'), { store, mode: 'dev' })
    await first.execute(place('o1'))
    assert.ok(await first.caughtUp({ timeoutMs: 10_000 }))
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
