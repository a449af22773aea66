import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/base/clock.ts'
import { keptRunning } from '../../src/base/kept-running.ts'

const pauses = { firstMs: 100, factor: 2, maxMs: 1_000, jitter: 0 }

/** A clock whose sleeps end at once and are noted. */
function quickClock(): Clock & { readonly slept: number[]; pass(ms: number): void } {
  let nowMs = 0
  const slept: number[] = []
  return {
    slept,
    now: () => nowMs,
    pass: (ms) => void (nowMs += ms),
    async sleep(ms) {
      slept.push(ms)
      nowMs += ms
    },
  }
}

test('work that ends or fails begins anew after pauses that grow, and is ended by the signal', async () => {
  const clock = quickClock()
  const stop = new AbortController()
  let runs = 0
  await keptRunning(
    async () => {
      if (++runs === 7) stop.abort()
      if (runs % 2 === 0) throw new Error('broken')
    },
    pauses,
    clock,
    stop.signal,
  )
  assert.equal(runs, 7)
  assert.deepEqual(clock.slept, [100, 200, 400, 800, 1_000, 1_000])
})

test('work that has gone on for a while begins with the shortest pause again', async () => {
  const clock = quickClock()
  const stop = new AbortController()
  let runs = 0
  await keptRunning(
    async () => {
      if (++runs === 3) clock.pass(5_000)
      if (runs === 5) stop.abort()
    },
    pauses,
    clock,
    stop.signal,
  )
  assert.deepEqual(clock.slept, [100, 200, 100, 200])
})
