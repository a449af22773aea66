import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, service, system, systemClock, type StoreAdapter } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { rebuildView } from '../../../src/runtime/views/rebuild.ts'
import { altered } from '../stores.fixture.ts'
import { Count, counting, isEqual, Item, replayed, shown, Stock, stockEvents, stockView } from '../refeed.fixture.ts'
import { running, until } from '../running.fixture.ts'

const keys = ['i0', 'i1', 'i2']
const apart = counting(Stock)

async function opened(store: StoreAdapter): Promise<Store> {
  return store.open({ clock: systemClock })
}

test('a rebuild that another process orders is done by those that run the service', async (t) => {
  const store = memory()
  const open = await running(t, apart, { store })
  for (const itemId of keys) await open.execute(Count({ itemId, by: 1 }))
  await until('it is there', () => isEqual(open, open, keys))
  const told: number[] = []
  const onProgress = ({ position }: { position: number }): void => void told.push(position)
  const rebuilt = await rebuildView(apart, 'stock', await opened(store), { clock: systemClock, onProgress })
  assert.deepEqual(rebuilt, { generation: 2, finished: true })
  assert.ok(told.length > 0)
  await until('it is read', async () => (await open.inspect.views())[1]?.read === true)
  assert.deepEqual(await shown(open, keys), await replayed(open))
  const end = new AbortController()
  await open.stop()
  const nobody = rebuildView(apart, 'stock', await opened(store), { clock: systemClock, signal: end.signal })
  const store2 = await opened(store)
  await until('it is begun', async () => (await store2.builds.list('stock')).length === 3)
  end.abort()
  assert.deepEqual(await nobody, { generation: 3, finished: false })
})

test('what needs the log of the view itself says that another service has it', async (t) => {
  const store = memory()
  const open = await running(t, apart, { store })
  await open.execute(Count({ itemId: 'i0', by: 1 }))
  await until('it is there', () => isEqual(open, open, keys))
  for await (const { views } of open.inspect.verifyViews())
    assert.deepEqual(
      views.map(({ view, state, why }) => [view, state, why]),
      [['stock', 'not verifiable', 'its events are in the log of another service']],
    )
  await assert.rejects(open.operate.views.rebuildKey('stock', 'i0'), { code: 'EW_VIEW_UNKNOWN', message: /counter/ })
})

test('a view whose events move to another service is built anew, and back again', async (t) => {
  const store = memory()
  const together = system('counting', {
    services: [service('shown', { parts: [Item, Stock], publishes: [stockEvents] })],
  })
  for (const [round, design] of [together, apart, together].entries()) {
    const open = await running(t, design, { store })
    await open.execute(Count({ itemId: 'i0', by: round }))
    await until('it is as a replay', () => isEqual(open, open, keys))
    assert.equal((await open.inspect.views()).filter(({ read }) => read)[0]?.generation, [1, 2, 1][round])
    await open.stop()
  }
})

test('a generation that nobody works on any more goes, and what its broker keeps for it', async (t) => {
  let laterMs = 0
  const forgotten: string[] = []
  const store = altered(memory(), ({ broker, now }) => ({
    now: async () => (await now()) + laterMs,
    broker: {
      ...broker!,
      forget: async (channel: string, group: string) => void forgotten.push(`${channel} ${group}`),
    },
  }))
  const open = await running(t, apart, { store })
  await open.execute(Count({ itemId: 'i0', by: 1 }))
  await until('it is there', () => isEqual(open, open, keys))
  await open.stop()
  const next = await running(t, counting(stockView(2)), { store })
  await until('the second one is read', async () => (await next.inspect.views())[1]?.read === true)
  assert.equal((await next.inspect.views()).length, 2)
  laterMs = 120_000
  await until('the first one goes', async () => (await next.inspect.views()).length === 1)
  assert.deepEqual(forgotten, ['stock view:stock#1'])
  assert.deepEqual(
    (await next.inspect.consumers()).filter(({ name }) => name.startsWith('view:stock#1')),
    [],
  )
})
