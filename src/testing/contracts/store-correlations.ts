import assert from 'node:assert/strict'
import type { Store } from '../../ports/store.ts'
import type { NewEvent, Partition } from '../../ports/stored-event.ts'
import { append, event, unit, type StoreCase } from './store-case.ts'

const of = (correlationId: string): NewEvent => event({ meta: JSON.stringify({ causationId: 'c', correlationId }) })

async function positions(
  { correlations }: Store,
  correlationId: string,
  page: { readonly partition?: Partition; readonly after?: number; readonly limit?: number } = {},
): Promise<number[]> {
  const { partition = 0, after = 0, limit = 100 } = page
  return (await correlations.find({ correlationId, partition, after, limit })).map(({ position }) => position)
}

/** The index of events by correlation id. */
export const correlationCases: readonly StoreCase[] = [
  {
    title: 'events are found by their correlation id as far as the index goes, each partition by itself, in pages',
    async run({ store }) {
      const hostile = `it's "x" % _ \u00e9`
      await store.commit([
        unit('A/1', 'any', [of('one'), of('two'), of('one'), event()]),
        { appends: [append('S/1', 'any', [of('one')], 1), append('A/2', 'any', [of('one'), of(hostile)])] },
      ])
      assert.deepEqual(await store.correlations.indexed(), [0, 0])
      assert.deepEqual(await positions(store, 'one'), [])
      assert.deepEqual(await store.correlations.extend(3), [3, 1])
      assert.deepEqual(await store.correlations.indexed(), [3, 1])
      assert.deepEqual(await positions(store, 'one'), [1, 3])
      assert.deepEqual(await store.correlations.extend(100), [6, 1])
      assert.deepEqual(await positions(store, 'one'), [1, 3, 5])
      assert.deepEqual(await positions(store, 'one', { after: 1, limit: 1 }), [3])
      assert.deepEqual(await positions(store, 'one', { partition: 1 }), [1])
      assert.deepEqual(await positions(store, hostile), [6])
      assert.deepEqual(await positions(store, 'on'), [])
      const [found] = await store.correlations.find({ correlationId: 'two', partition: 0, after: 0, limit: 1 })
      assert.deepEqual(found, (await store.log.at([2]))[0])
    },
  },
  {
    title: 'the index goes on where it was, whoever brings it on, and an id too long for it holds nobody up',
    async run({ store, another }) {
      const other = await another()
      await store.commit([unit('A/1', 'any', [of('x'), of('y'.repeat(20_000)), of('x')])])
      await Promise.all([store, other, store, other].map(({ correlations }) => correlations.extend(2)))
      assert.deepEqual(await other.correlations.indexed(), [3, 0])
      assert.deepEqual(await positions(other, 'x'), [1, 3])
      await store.commit([unit('A/1', 'any', [of('x')])])
      await other.correlations.extend(1)
      assert.deepEqual(await positions(store, 'x'), [1, 3, 4])
      assert.deepEqual(await positions(store, 'y'.repeat(20_000)), [])
    },
  },
  {
    title: 'events that were deleted are not found by their correlation id',
    async run({ store }) {
      await store.commit([unit('A/1', 'any', [of('x')]), unit('A/2', 'any', [of('x')])])
      await store.correlations.extend(1)
      const mark = { stream: 'A/1', from: 'open', to: 'deleted' } as const
      await store.commit([{ appends: [append('A/1', 'any', 0), append('S/1', 'any', 1, 1)], marks: [mark] }])
      await store.streams.erase('A/1', 0, 10)
      assert.deepEqual(await positions(store, 'x'), [])
      await store.correlations.extend(10)
      assert.deepEqual(await positions(store, 'x'), [2])
    },
  },
]
