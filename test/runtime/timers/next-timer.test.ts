import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../../src/base/clock.ts'
import { NextTimer } from '../../../src/runtime/timers/next-timer.ts'

/** What is known of the next timer on a clock that a test sets. */
function given(backstopMs: number) {
  const time = { nowMs: 0 }
  const clock: Clock = { now: () => time.nowMs, sleep: () => new Promise(() => undefined) }
  return { time, next: new NextTimer(clock, backstopMs) }
}

test('what is due is decided by the clock of the store', () => {
  const { time, next } = given(1_000)
  assert.equal(next.waiting(), undefined, 'nobody has asked yet')
  next.answered(next.changes(), 10_100, 10_000)
  time.nowMs = 99
  assert.deepEqual(next.waiting(), { dueAtMs: 10_100, nowMs: 10_099 })
  time.nowMs = 100
  assert.equal(next.waiting(), undefined)
})

test('an answer is not relied on for longer than the backstop, nor when the clock was set back', () => {
  const { time, next } = given(1_000)
  time.nowMs = 5_000
  next.answered(next.changes(), Infinity, 5_000)
  time.nowMs = 5_999
  assert.deepEqual(next.waiting(), { dueAtMs: Infinity, nowMs: 5_999 })
  time.nowMs = 6_000
  assert.equal(next.waiting(), undefined)
  time.nowMs = 4_999
  assert.equal(next.waiting(), undefined)
})

test('an answer that something overtook is not kept, and the earlier of two times counts', () => {
  const { next } = given(1_000)
  for (const change of [() => next.set(70), () => next.askAnew()]) {
    const changes = next.changes()
    change()
    next.answered(changes, Infinity, 0)
    assert.equal(next.waiting(), undefined)
  }
  next.answered(next.changes(), 50, 0)
  next.set(60)
  assert.equal(next.waiting()?.dueAtMs, 50)
  next.set(40)
  assert.equal(next.waiting()?.dueAtMs, 40)
})
