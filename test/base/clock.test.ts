import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'

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
