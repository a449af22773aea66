import assert from 'node:assert/strict'
import { bucketOfKey } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import { commitOne, lost, move, rejects, won, type StoreCase } from './store-case.ts'
import { failed } from './store-parked.ts'

const consumer = 'orders'

async function stand(store: Store): Promise<readonly (readonly [bucket: number, position: number])[]> {
  return (await store.ownership.list(consumer)).map(({ bucket, position }) => [bucket, position])
}

/** Into how many buckets a consumer is divided, and how that changes. */
export const divisionCases: readonly StoreCase[] = [
  {
    title: 'a new consumer is divided once, and stays as it is when it is told the same again',
    async run({ store }) {
      await store.ownership.ensure(consumer, 'payments', 1, 3)
      await store.ownership.divide(consumer, 'log', 4, 7)
      const [row] = await store.ownership.claim(consumer, 'log', 'w1', 10_000)
      won(await commitOne(store, { positions: [move(row!, 9)] }))
      await store.ownership.divide(consumer, 'log', 4, 55)
      assert.deepEqual(await stand(store), [
        [0, 9],
        [1, 7],
        [2, 7],
        [3, 7],
        [0, 3],
      ])
    },
  },
  {
    title: 'keys of a consumer that rests are dealt to another number of buckets, those that are parked too',
    async run({ store }) {
      await store.ownership.divide(consumer, 'log', 1, 0)
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
      let [held] = await store.ownership.claim(consumer, 'log', 'w1', 10_000)
      won(await commitOne(store, { positions: [move(held!, 8)], parks: keys.map((key) => failed(key, 1)) }))
      await store.parked.resume(consumer, keys, 3)
      await store.ownership.release([held!])
      for (const buckets of [8, 2, 16]) {
        await store.ownership.divide(consumer, 'log', buckets, 0)
        const numbers = Array.from({ length: buckets }, (_, bucket) => bucket)
        assert.deepEqual(
          await stand(store),
          numbers.map((bucket) => [bucket, 8]),
        )
        for (const bucket of numbers) {
          assert.deepEqual(
            await store.parked.resuming(consumer, { bucket, limit: 100 }),
            keys.filter((key) => bucketOfKey(key, buckets) === bucket).sort(),
          )
        }
        // Whoever has slept past his lease holds a bucket of that number no longer.
        lost(await commitOne(store, { positions: [move(held!, 9, { from: 8 })] }), 'owner')
        const claimed = await store.ownership.claim(consumer, 'log', 'w1', 10_000)
        held = claimed.at(-1)
        await store.ownership.release(claimed)
      }
    },
  },
  {
    title: 'a consumer that is held, or whose buckets do not stand level, is not divided anew',
    async run({ store, pass }) {
      await store.ownership.divide(consumer, 'log', 2, 5)
      const [first, second] = await store.ownership.claim(consumer, 'log', 'w1', 10_000)
      await rejects(store.ownership.divide(consumer, 'log', 4, 0), 'EW_CONSUMERS_NOT_LEVEL')
      won(await commitOne(store, { positions: [move(first!, 6)] }))
      await store.ownership.release([first!, second!])
      await rejects(store.ownership.divide(consumer, 'log', 1, 0), 'EW_CONSUMERS_NOT_LEVEL')
      assert.deepEqual(await stand(store), [
        [0, 6],
        [1, 5],
      ])
      const again = await store.ownership.claim(consumer, 'log', 'w2', 10_000)
      won(await commitOne(store, { positions: [move(again[1]!, 6)] }))
      await pass(10_500)
      await store.ownership.divide(consumer, 'log', 1, 0)
      assert.deepEqual(await stand(store), [[0, 6]])
      lost(await commitOne(store, { positions: [move(again[0]!, 7)] }), 'owner')
    },
  },
  {
    title: 'of processes that divide a new consumer in different ways at once one has its way',
    async run({ store, another }) {
      const other = await another()
      await Promise.all([store.ownership.divide(consumer, 'log', 2, 4), other.ownership.divide(consumer, 'log', 8, 4)])
      const rows = await stand(store)
      assert.ok([2, 8].includes(rows.length), `${rows.length} rows`)
      assert.deepEqual(
        rows,
        Array.from({ length: rows.length }, (_, bucket) => [bucket, 4]),
      )
    },
  },
]
