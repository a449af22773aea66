import assert from 'node:assert/strict'
import { start, systemClock, type StoreAdapter } from 'eventwright'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { bucketOfKey } from '../../../src/ports/ownership.ts'
import { patience } from '../../fixtures/patience.ts'
import { running, until } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'
import { divided, Mark, marks, replayed, sheets } from './marks.fixture.ts'

const consumer = 'view:marks#1'
const keyOf = (number: number): string => `key-${number % 40}`

/** How many buckets of the view each process holds, the fewest first. */
async function shares(adapter: StoreAdapter): Promise<readonly number[]> {
  const store = await adapter.open({ clock: systemClock })
  const [rows, nowMs] = [await store.ownership.list(consumer), await store.now()]
  await store.close()
  const held = rows.filter(({ owner, untilMs }) => owner !== null && (untilMs ?? 0) > nowMs)
  return [...Map.groupBy(held, ({ owner }) => owner).values()].map((own) => own.length).sort((a, b) => a - b)
}

/** A process that can be killed: from then on nothing of it reaches the store. */
function mortal(adapter: StoreAdapter): { readonly adapter: StoreAdapter; kill(): void } {
  let isDead = false
  const dying =
    <A extends unknown[], R>(call: (...of: A) => Promise<R>) =>
    (...of: A): Promise<R> =>
      isDead ? Promise.reject(new Error('killed')) : call(...of)
  const made = altered(adapter, (store) => ({
    commit: dying(store.commit),
    ownership: {
      ...store.ownership,
      ask: dying(store.ownership.ask),
      claim: dying(store.ownership.claim),
      renew: dying(store.ownership.renew),
      release: async (held) => (isDead ? undefined : store.ownership.release(held)),
    },
  }))
  return { adapter: made, kill: () => void (isDead = true) }
}

overStores(
  'two processes hold half of one view each and both work; what a killed one held the other takes over',
  async (t, adapter) => {
    const store = divided(adapter, 16)
    const doing = [new Set<string>(), new Set<string>()] as const
    const told = (own: Set<string>) => (key: string) => void own.add(key)
    const first = await running(t, sheets(marks(told(doing[0]))), { store, leaseMs: 1_000 })
    const events: { readonly id: string; readonly keys: string[] }[] = []
    const mark = async (count: number): Promise<void> => {
      for (let each = 0; each < count; each++) {
        const event = { id: `e${events.length}`, keys: [keyOf(events.length), keyOf(events.length * 7)] }
        events.push(event)
        await first.execute(Mark(event))
      }
    }
    await mark(40)
    assert.ok(await first.caughtUp(patience))
    await until('the first has all of it', async () => (await shares(adapter)).join() === '16')
    const second = mortal(store)
    const other = await start(sheets(marks(told(doing[1]))), { store: second.adapter, leaseMs: 1_000 })
    t.after(() => other.stop().catch(() => undefined))
    await until('they have a half each', async () => (await shares(adapter)).join() === '8,8')
    // Leases that a slow machine has not renewed in time may have brought all to one for a while.
    await until('both have done what is theirs', async () => {
      for (const own of doing) own.clear()
      await mark(80)
      assert.ok(await first.caughtUp(patience))
      // A bucket may have gone from one to the other once more in between.
      const numbers = doing.map((own) => new Set([...own].map((key) => bucketOfKey(key, 16))).size)
      return numbers.every((own) => own >= 6 && own <= 12)
    })
    second.kill()
    await mark(80)
    await until('one has all of it', async () => (await shares(adapter)).join() === '16')
    assert.ok(await first.caughtUp(patience))
    const rows = await first.views.marks.page({ limit: 1_000 })
    const seen = rows.rows.map(({ seen: ids }) => ids).sort()
    assert.deepEqual(seen, Object.values(replayed(events)).sort())
  },
  everyStoreKind,
)

overStores(
  'a read that is given a receipt sees it in whichever process it is done, of one key and of all',
  async (t, adapter) => {
    const store = divided(adapter, 16)
    const first = await running(t, sheets(marks()), { store })
    const second = await running(t, sheets(marks()), { store })
    await until('they have a half each', async () => (await shares(adapter)).join() === '8,8')
    for (let number = 0; number < 60; number++) {
      const [writer, reader] = number % 2 === 0 ? [first, second] : [second, first]
      const { receipt } = await writer.execute(Mark({ id: `e${number}`, keys: [keyOf(number)] }))
      const read = { after: receipt, timeout: '1m' as const }
      if (number % 3 === 0) assert.equal(await reader.views.marks.count({}, read), Math.min(number + 1, 40))
      else assert.match((await reader.views.marks.get(keyOf(number), read))!.seen, new RegExp(` e${number}$`))
    }
  },
  everyStoreKind,
)

overStores('a page moves the buckets that it was for, and the others follow when it is quiet', async (t, adapter) => {
  const moved: number[] = []
  const counting = altered(divided(adapter, 64), ({ commit }) => ({
    commit(units: readonly Unit[]) {
      for (const { rows = [], positions = [] } of units) if (rows.length > 0) moved.push(positions.length - rows.length)
      return commit(units)
    },
  }))
  const open = await running(t, sheets(marks()), { store: counting })
  const begunMs = performance.now()
  for (let number = 0; number < 30; number++) await open.execute(Mark({ id: `e${number}`, keys: [keyOf(number)] }))
  assert.equal(
    await open.views.marks.count({}, { after: (await open.execute(Mark({ id: 'e', keys: ['a'] }))).receipt }),
    31,
  )
  // Once a second, so very rarely here, a page takes all of them with it.
  const rarely = 5 + (performance.now() - begunMs) / 1_000
  assert.ok(moved.filter((more) => more <= 0).length >= moved.length - rarely, moved.join())
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  await until('all of them are stored', async () =>
    (await store.ownership.list(consumer)).every(({ position }) => position === 31),
  )
})

overStores(
  'another number of buckets is taken over by a start after a stop, and refused while the view runs',
  async (t, adapter) => {
    const first = await start(sheets(marks()), { store: divided(adapter, 8) })
    t.after(() => first.stop())
    for (let number = 0; number < 20; number++) await first.execute(Mark({ id: `e${number}`, keys: [keyOf(number)] }))
    await assert.rejects(start(sheets(marks()), { store: divided(adapter, 4) }), { code: 'EW_CONSUMERS_NOT_LEVEL' })
    assert.ok(await first.caughtUp(patience))
    await first.stop()
    const second = await running(t, sheets(marks()), { store: divided(adapter, 4) })
    const { receipt } = await second.execute(Mark({ id: 'last', keys: [keyOf(3)] }))
    const read = { after: receipt, timeout: '1m' as const }
    assert.equal((await second.views.marks.get(keyOf(3), read))?.seen, ' e3 last')
    assert.deepEqual(await shares(adapter), [4])
  },
)

overStores(
  'a process that is stopped leaves its buckets level, those that had nothing to do too',
  async (t, adapter) => {
    const first = await start(sheets(marks()), { store: divided(adapter, 64) })
    t.after(() => first.stop())
    for (let number = 0; number < 5; number++) {
      const { receipt } = await first.execute(Mark({ id: `e${number}`, keys: ['a'] }))
      await first.views.marks.count({}, { after: receipt, timeout: '1m' })
    }
    await first.stop()
    const look = await adapter.open({ clock: systemClock })
    t.after(() => look.close())
    const positions = (await look.ownership.list(consumer)).map(({ position }) => position)
    assert.deepEqual(positions, new Array(64).fill(5))
  },
)
