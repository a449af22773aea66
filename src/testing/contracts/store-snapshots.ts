import assert from 'node:assert/strict'
import type { SnapshotWrite } from '../../ports/unit-of-work.ts'
import { commitOne, unit, won, type StoreCase } from './store-case.ts'

const snapshot = (stream: string, version: number, change: Partial<SnapshotWrite> = {}): SnapshotWrite => ({
  stream,
  identity: 'fold-1',
  version,
  state: `{"version":${version}}`,
  ...change,
})

/** Stored folds, and the generations of views. */
export const snapshotCases: readonly StoreCase[] = [
  {
    title: 'a snapshot is stored with its unit, replaced by a later one and kept apart by identity',
    async run({ store }) {
      won(await commitOne(store, { ...unit('A/1', 'any', 2), snapshots: [snapshot('A/1', 2)] }))
      assert.deepEqual(await store.snapshots.get('A/1', 'fold-1'), { version: 2, state: '{"version":2}' })
      won(
        await commitOne(store, {
          ...unit('A/1'),
          snapshots: [snapshot('A/1', 3), snapshot('A/1', 3, { identity: 'fold-2', state: '[]' })],
        }),
      )
      assert.deepEqual(await store.snapshots.get('A/1', 'fold-1'), { version: 3, state: '{"version":3}' })
      assert.deepEqual(await store.snapshots.get('A/1', 'fold-2'), { version: 3, state: '[]' })
      assert.equal(await store.snapshots.get('A/2', 'fold-1'), undefined)
    },
  },
  {
    title: 'some snapshots of an identity can be looked at, and all of it dropped',
    async run({ store }) {
      for (const stream of ['A/1', 'A/2', 'A/3'])
        won(await commitOne(store, { ...unit(stream), snapshots: [snapshot(stream, 1)] }))
      won(await commitOne(store, { ...unit('A/4'), snapshots: [snapshot('A/4', 1, { identity: 'fold-2' })] }))
      assert.equal((await store.snapshots.sample('fold-1', 2)).length, 2)
      const sample = [...(await store.snapshots.sample('fold-1', 10))].sort((a, b) => (a.stream < b.stream ? -1 : 1))
      assert.deepEqual(
        sample,
        ['A/1', 'A/2', 'A/3'].map((stream) => ({ stream, version: 1, state: '{"version":1}' })),
      )
      await store.snapshots.drop('fold-1')
      assert.deepEqual(await store.snapshots.sample('fold-1', 10), [])
      assert.equal((await store.snapshots.sample('fold-2', 10)).length, 1)
    },
  },
  {
    title: 'generations of a view are numbered, and one becomes active only in place of the one that was',
    async run({ store, another }) {
      const added = { view: 'orders', version: 1, identity: 'i1', textHash: 't1' }
      const first = await store.builds.add(added)
      assert.deepEqual(first, { ...added, generation: 1, state: 'building', startedAtMs: await store.now() })
      assert.equal((await store.builds.add({ ...added, identity: 'i2' })).generation, 2)
      assert.equal((await store.builds.add({ ...added, view: 'stock' })).generation, 1)
      assert.equal(await store.builds.activate('orders', 1, 2), false)
      assert.equal(await store.builds.activate('orders', 0, 9), false)
      assert.equal(await store.builds.activate('orders', 0, 1), true)
      assert.equal(await (await another()).builds.activate('orders', 0, 2), false)
      assert.equal(await store.builds.activate('orders', 1, 2), true)
      const states = (await store.builds.list('orders')).map(({ generation, state }) => [generation, state])
      assert.deepEqual(states, [
        [1, 'retired'],
        [2, 'active'],
      ])
    },
  },
  {
    title: 'generations are listed by view and number, noted and removed',
    async run({ store }) {
      const added = { version: 1, textHash: 't' }
      for (const [view, identity] of [
        ['stock', 'i'],
        ['orders', 'i'],
        ['orders', 'j'],
      ] as const)
        await store.builds.add({ ...added, view, identity })
      await store.builds.note('orders', 2, 't2')
      await store.builds.remove('orders', 1)
      const list = (await store.builds.list()).map(({ view, generation, textHash }) => [view, generation, textHash])
      assert.deepEqual(list, [
        ['orders', 2, 't2'],
        ['stock', 1, 't'],
      ])
      await store.builds.remove('orders', 2)
      assert.deepEqual(await store.builds.list('orders'), [])
      assert.equal((await store.builds.add({ ...added, view: 'orders', identity: 'i' })).generation, 3)
      assert.equal(await store.builds.activate('orders', 0, 2), false)
    },
  },
  {
    title: 'a generation that is being built is answered again, so that two processes build one',
    async run({ store, another }) {
      const build = { view: 'orders', version: 1, identity: 'i', textHash: 't' }
      const other = await another()
      const [mine, theirs] = await Promise.all([
        store.builds.add(build),
        other.builds.add({ ...build, textHash: 't2' }),
      ])
      assert.deepEqual(mine, theirs)
      assert.equal(mine.generation, 1)
      await store.builds.activate('orders', 0, 1)
      assert.equal((await other.builds.add(build)).generation, 2)
    },
  },
]
