import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock, timestampOf } from '../../src/base/clock.ts'

test('a sleep of many days does not end at once, and ends when it is told to', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const day = 86_400_000
  let isOver = false
  void systemClock.sleep(60 * day).then(() => (isOver = true))
  for (const days of [1, 24, 24]) {
    t.mock.timers.tick(days * day)
    await Promise.resolve()
    assert.equal(isOver, false)
  }
  // A part of it that begins within a tick is counted from the end of the tick.
  for (let days = 0; days < 14; days++) t.mock.timers.tick(day)
  await Promise.resolve()
  assert.equal(isOver, true)

  const stop = new AbortController()
  const cut = systemClock.sleep(60 * day, stop.signal)
  stop.abort()
  await cut
})

test('a time is written as Date writes it, whichever was written before', () => {
  const day = 86_400_000
  const near = fc.integer({ min: -3, max: 3 }).chain((n) => fc.integer({ min: n * day - 2, max: n * day + 2 }))
  const any = fc.integer({ min: -8.64e15, max: 8.64e15 })
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any, fc.double({ min: -1e12, max: 1e12, noNaN: true }))), (times) => {
      for (const ms of times) assert.equal(timestampOf(ms), new Date(ms).toISOString())
    }),
    { numRuns: 1_000 },
  )
  assert.throws(() => timestampOf(NaN), RangeError)
})
