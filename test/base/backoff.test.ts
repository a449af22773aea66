import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from '../../src/base/backoff.ts'

test('waits grow by the factor up to the largest', () => {
  const backoff = { firstMs: 100, factor: 3, maxMs: 1_000, jitter: 0 }
  assert.deepEqual(
    [1, 2, 3, 4, 5000].map((attempt) => backoffMs(backoff, attempt, 0.5)),
    [100, 300, 900, 1_000, 1_000],
  )
})

test('chance takes at most its share and never lengthens a wait', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), unit, unit, (attempt, jitter, random) => {
      const full = backoffMs({ firstMs: 10, factor: 2, maxMs: 60_000, jitter: 0 }, attempt, 0)
      const wait = backoffMs({ firstMs: 10, factor: 2, maxMs: 60_000, jitter }, attempt, random)
      assert.ok(wait <= full && wait >= Math.floor(full * (1 - jitter)), `${wait} of ${full}`)
    }),
  )
})
