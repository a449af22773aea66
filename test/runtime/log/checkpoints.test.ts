import assert from 'node:assert/strict'
import type { StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { checkpointsAhead } from '../../../src/runtime/log/checkpoints.ts'
import { inspect } from '../../../src/runtime/inspect.ts'
import { append } from '../../../src/testing/contracts/store-case.ts'
import { patience } from '../../fixtures/patience.ts'
import { PlaceOrder, shop } from '../orders.fixture.ts'
import { PlaceOrder as PlaceAbroad, shopWith, thanks } from '../messages.fixture.ts'
import { listening, running, until } from '../running.fixture.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

/** Moves a consumer on by so much, as if its position came from a newer backup than its source. */
async function moveAhead(adapter: StoreAdapter, consumer: string, by: number): Promise<void> {
  const store = await adapter.open({ clock: systemClock })
  const { source } = (await store.ownership.list(consumer))[0]!
  const rows = await store.ownership.claim(consumer, source, 'restore', 1_000)
  const positions = rows.map(({ bucket, epoch, position: from }) => {
    return { consumer, source, bucket, epoch, from, to: from + by, ttlMs: 1_000 }
  })
  const [outcome] = await store.commit([{ positions }])
  assert.ok(outcome!.ok)
  await store.ownership.release(rows)
  await store.close()
}

async function seen(adapter: StoreAdapter): Promise<readonly object[]> {
  const store = await adapter.open({ clock: systemClock })
  const found: object[] = []
  for await (const { findings } of inspect(store).verify())
    found.push(...findings.map(({ kind, what }) => [kind, what]))
  await store.close()
  return found
}

overStores(
  'a view and a subscription that are ahead of the log stop and say so, and pass over nothing that comes',
  async (t, store) => {
    const first = await running(t, shop, { store })
    await first.execute(PlaceOrder({ orderId: '1', customer: 'x', total: '1' }))
    assert.ok(await first.caughtUp(patience))
    await first.stop()
    assert.deepEqual(await seen(store), [])
    const ahead = ['view:orders#1', 'orders/subscription:shipping']
    for (const consumer of ahead) await moveAhead(store, consumer, 5)
    const whats = ahead.map((name) => ['checkpoint', `${name} stands at 7 in the log (bucket 0), which ends at 2`])
    // One of each bucket, where there are several.
    const told = (await seen(store)).map((found) => String(found).replace(/\(bucket \d+\)/, '(bucket 0)'))
    assert.deepEqual([...new Set(told)].sort(), whats.map(String).sort())

    const log = listening()
    const again = await running(t, shop, { store, log })
    const stopped = async (): Promise<readonly string[]> =>
      (await again.inspect.consumers()).filter(({ state }) => state === 'ahead').map(({ name }) => name)
    await until('both have stopped', async () => (await stopped()).length === 2)
    assert.deepEqual([...(await stopped())].sort(), [...ahead].sort())
    for (const { name, problem, status } of await again.inspect.consumers())
      if (ahead.includes(name)) {
        assert.match(problem!, new RegExp(`^EW_CHECKPOINT_AHEAD: ${name} stands at 7 in the log .* ends at 2\\.`))
        assert.equal(status, 'ahead')
      }
    assert.equal(log.said.filter((line) => line.includes('consumer stopped')).length, 2)
    // At a position that the view is said to have passed.
    const { receipt } = await again.execute(PlaceOrder({ orderId: '2', customer: 'x', total: '1' }))
    await assert.rejects(again.views.orders.get('2', { after: receipt, timeout: '1s' }), { code: 'EW_STALE' })
    for (let n = 3; n < 9; n++) await again.execute(PlaceOrder({ orderId: `${n}`, customer: 'x', total: '1' }))
    assert.equal(await again.caughtUp({ timeoutMs: 50 }), false)
    assert.equal((await again.views.ordersInline.get('8'))?.status, 'placed')
    const positions = (await again.inspect.consumers()).filter(({ name }) => ahead.includes(name))
    assert.deepEqual(
      positions.map(({ position }) => position),
      [7, 7],
    )
    const generation = await again.operate.rebuild('orders')
    await until('the view was built anew', async () =>
      (await again.inspect.views()).some((view) => view.generation === generation && view.state === 'active'),
    )
    // Processes use it a moment after it is said to be in use.
    await until('it is in use here', async () => (await again.views.orders.get('8'))?.status === 'placed')
  },
  everyStoreKind,
)

overStores(
  'a consumer of a channel that is ahead of it stops and says so',
  async (t, store) => {
    const first = await running(t, shopWith(thanks), { store })
    await first.execute(PlaceAbroad({ orderId: '1', customer: 'ada' }))
    assert.ok(await first.caughtUp(patience))
    await first.stop()
    assert.deepEqual(await seen(store), [])
    await moveAhead(store, 'mail/subscription:thanks', 3)
    assert.ok(
      (await seen(store)).every((found) =>
        /^checkpoint,mail\/subscription:thanks stands at \d in orders/.test(String(found)),
      ),
    )
    const again = await running(t, shopWith(thanks), { store, log: listening() })
    await until('it has stopped', async () =>
      (await again.inspect.consumers()).some(
        ({ name, state, problem }) =>
          name === 'mail/subscription:thanks' && state === 'ahead' && problem!.startsWith('EW_CHECKPOINT_AHEAD'),
      ),
    )
  },
  everyStoreKind,
)

overStores(
  'nobody who works while others write is taken for being ahead',
  async (t, adapter) => {
    const [store, beside] = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
    t.after(() => Promise.all([store.close(), beside.close()]))
    await store.ownership.ensure('reader', 'log', 1, 0)
    const [row] = await store.ownership.claim('reader', 'log', 'p', 60_000)
    let ended = false
    const writing = (async () => {
      for (let n = 0; n < 200; n++) {
        await store.commit([{ appends: [append(`Own/${n}`, 0)] }])
        const held = { consumer: 'reader', source: 'log', bucket: 0, epoch: row!.epoch, ttlMs: 60_000 }
        await store.commit([{ positions: [{ ...held, from: n, to: n + 1 }] }])
      }
      ended = true
    })()
    let looks = 0
    while (!ended) {
      assert.deepEqual(await checkpointsAhead(beside, await beside.ownership.list()), [])
      looks++
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writing
    assert.ok(looks > 0)
  },
  everyStoreKind,
)
