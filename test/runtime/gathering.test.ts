import assert from 'node:assert/strict'
import { systemClock, type StoreAdapter } from 'eventwright'
import type { Store } from '../../src/ports/store.ts'
import { ownership, type Bucket, type Ownership } from '../../src/runtime/ownership.ts'
import { overStores } from './stores.fixture.ts'

const all = new Set(['reader'])

/** A process as far as it holds buckets; what it has to do needs several of them at once. */
interface Holder {
  readonly leases: Ownership
  held: readonly Bucket[]
}

/** Processes that look at the same moments, so that nobody is ever before another by chance. */
interface Scene {
  readonly holders: readonly Holder[]
  readonly store: Store
  /** All wish for these buckets, then all look, then all give what they have marked, then all take what is theirs. */
  round(wishes?: (holder: Holder) => readonly number[]): Promise<void>
}

async function scene(adapter: StoreAdapter, names: readonly string[], buckets: number): Promise<Scene> {
  const clock = { ...systemClock, nowMs: 1_000_000, now: () => clock.nowMs }
  const store = await adapter.open({ clock: systemClock })
  const holders = names.map((name): Holder => ({ leases: ownership(store, name, 3_600_000, clock), held: [] }))
  await holders[0]!.leases.ensure('reader', 'log', buckets, 0)
  return {
    holders,
    store,
    async round(wishes = () => []) {
      clock.nowMs += 1_000
      for (const holder of holders)
        for (const bucket of wishes(holder)) await holder.leases.wish('reader', 'log', bucket)
      for (const { leases } of holders) await leases.share(all)
      for (const holder of holders) {
        const given = holder.held.filter(({ wanted }) => wanted)
        await holder.leases.release(given)
        holder.held = holder.held.filter((bucket) => !given.includes(bucket))
      }
      for (const holder of holders)
        if (await holder.leases.isAnyFree('reader', 'log')) holder.held = await holder.leases.claim('reader', 'log')
    },
  }
}

const numbers = ({ held }: Holder): readonly number[] => held.map(({ bucket }) => bucket)

overStores('of processes that need what the next one has, one after the other gets all of it', async (t, adapter) => {
  const { holders, store, round } = await scene(adapter, ['one', 'two', 'three'], 6)
  t.after(() => store.close())
  for (let rounds = 0; rounds < 9; rounds++) await round()
  assert.deepEqual(
    holders.map(({ held }) => held.length),
    [2, 2, 2],
  )
  const homes = holders.map((holder) => numbers(holder)[0]!)
  const pieces = new Set(homes.map((home, index) => ({ home, needs: homes[(index + 1) % homes.length]! })))
  const wishes = (holder: Holder): readonly number[] => {
    const has = new Set(numbers(holder))
    const own = [...pieces].filter(({ home }) => has.has(home))
    for (const piece of own) if (has.has(piece.needs)) pieces.delete(piece)
    return own.flatMap(({ needs }) => (has.has(needs) ? [] : needs))
  }
  for (let rounds = 0; rounds < 30 && pieces.size > 0; rounds++) await round(wishes)
  assert.deepEqual([...pieces], [])
})

overStores('who gathers is not asked for a part of it at once, but in a while', async (t, adapter) => {
  const { holders, store, round } = await scene(adapter, ['one', 'two'], 8)
  t.after(() => store.close())
  const counts = (): readonly number[] => holders.map(({ held }) => held.length)
  for (let rounds = 0; rounds < 5; rounds++) await round()
  assert.deepEqual(counts(), [4, 4])
  const needed = numbers(holders[0]!).slice(0, 3)
  await round((holder) => (holder === holders[1] ? needed : []))
  for (let rounds = 0; rounds < 4; rounds++) {
    await round()
    assert.deepEqual(counts(), [1, 7])
  }
  for (let rounds = 0; rounds < 5; rounds++) await round()
  assert.deepEqual(counts(), [4, 4])
})

overStores('what two need is given to the one whose name comes first, whoever asks last', async (t, adapter) => {
  const { holders, store, round } = await scene(adapter, ['three', 'one', 'two'], 1)
  t.after(() => store.close())
  await round()
  assert.deepEqual(holders.map(numbers), [[0], [], []])
  const [holder, ...others] = holders
  for (const { leases } of [...others, ...others]) await leases.wish('reader', 'log', 0)
  assert.equal((await store.ownership.list('reader'))[0]?.wanted, 'one')
  await round()
  await round()
  assert.deepEqual([numbers(holder!), ...others.map(numbers)], [[], [0], []])
})
