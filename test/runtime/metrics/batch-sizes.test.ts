import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { batchBounds, countBatches } from '../../../src/runtime/metrics/batch-sizes.ts'

test('batches are counted by their size, the largest beside the last bound', () => {
  let commit: (units: readonly Unit[]) => void = () => assert.fail('nobody listens')
  const read = countBatches({
    onCommit(listener) {
      commit = listener
      return () => undefined
    },
    statistics: () => ({ batches: 0, units: 0, busyRetries: 3 }),
  })
  for (const units of [1, 1, 2, 3, 4, 256, 257, 5_000]) commit(new Array<Unit>(units).fill({}))
  const { batches, units, busyRetries } = read()
  assert.deepEqual(batches, [2, 1, 2, 0, 0, 0, 0, 0, 1, 2])
  assert.deepEqual([batches.length, units, busyRetries], [batchBounds.length + 1, 5_524, 3])
})
