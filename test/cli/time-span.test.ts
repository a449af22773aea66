import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeSpan } from '../../src/cli/time-span.ts'

test('a length of time is told in the largest unit of which there are two', () => {
  const hour = 3_600_000
  const spans = [0, 999, 1_000, 119_999, 120_000, 2 * hour - 1, 2 * hour, 48 * hour - 1, 48 * hour].map(timeSpan)
  assert.deepEqual(spans, ['0s', '0s', '1s', '119s', '2m', '119m', '2h', '47h', '2d'])
})
