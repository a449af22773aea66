import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SortedList } from '../../src/base/sorted-list.ts'

const byNumber = (a: number, b: number): number => a - b
const steps = fc.array(fc.record({ item: fc.nat(3_000), remove: fc.boolean() }), { maxLength: 300 })

test('after any additions and removals the list equals a sorted set, from every start in both directions', () => {
  fc.assert(
    fc.property(fc.nat(2_500), steps, fc.integer({ min: -1, max: 3_001 }), (filled, list, start) => {
      const sorted = new SortedList<number>(byNumber)
      const model = new Set<number>()
      for (let item = 0; item < filled; item++) {
        const value = (item * 7919) % 3_001
        sorted.add(value)
        model.add(value)
      }
      for (const { item, remove } of list) {
        if (remove) assert.equal(sorted.remove(item), model.delete(item))
        else {
          sorted.add(item)
          model.add(item)
        }
      }
      const expected = [...model].sort(byNumber)
      assert.equal(sorted.size, expected.length)
      assert.deepEqual([...sorted.ascending()], expected)
      assert.deepEqual([...sorted.descending()], expected.toReversed())
      assert.deepEqual(
        [...sorted.ascending((item) => item < start)],
        expected.filter((item) => item >= start),
      )
      assert.deepEqual(
        [...sorted.descending((item) => item > start)],
        expected.filter((item) => item <= start).reverse(),
      )
    }),
    { numRuns: 60 },
  )
})

test('an item that compares as equal takes the place of the other', () => {
  const list = new SortedList<{ key: number; text: string }>((a, b) => a.key - b.key)
  list.add({ key: 1, text: 'old' })
  list.add({ key: 1, text: 'new' })
  assert.deepEqual([...list.ascending()], [{ key: 1, text: 'new' }])
})
