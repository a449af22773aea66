import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from 'eventwright'
import { signal, type Signal } from '../../../src/base/signal.ts'
import type { OwnershipRow, OwnershipTable } from '../../../src/ports/ownership.ts'
import { progress, type Progress } from '../../../src/runtime/loop/progress.ts'

const consumer = 'view:books#1'
const timeoutMs = 60_000

interface Watched {
  readonly seen: Progress
  readonly wake: Signal
  readonly stored: number[]
  asked: number
}

/** A consumer of two buckets whose positions in the store the test sets. */
function watched(): Watched {
  const wake = signal()
  const stored = [0, 0]
  const list = async (): Promise<readonly OwnershipRow[]> => {
    both.asked++
    return stored.map((position, bucket) => ({ consumer, bucket, position }) as OwnershipRow)
  }
  const seen = progress({ list } as unknown as OwnershipTable, wake, systemClock, 1_000)
  const both: Watched = { seen, wake, stored, asked: 0 }
  seen.divided(consumer, 2)
  return both
}

test('who waits for a bucket of this process does not ask the store where it stands', async () => {
  const both = watched()
  both.seen.claimed(consumer, 0, 0)
  const reached = both.seen.reached(consumer, 5, { timeoutMs, bucket: 0 })
  for (const position of [3, 4, 5]) {
    both.seen.moved(consumer, 0, position)
    await turn()
  }
  assert.equal(await reached, true)
  assert.equal(both.asked, 0)
})

test('who waits for all buckets asks the store as long as one of them is not of this process', async () => {
  const both = watched()
  both.seen.claimed(consumer, 0, 0)
  both.seen.moved(consumer, 0, 5)
  const reached = both.seen.reached(consumer, 5, { timeoutMs })
  assert.equal(both.asked, 1)
  both.stored[1] = 5
  both.wake.raise()
  assert.equal(await reached, true)
  assert.equal(both.asked, 2)
})

test('a bucket that was taken away is asked for after a moment, and at once when somebody else has moved it', async () => {
  const both = watched()
  both.seen.claimed(consumer, 0, 0)
  both.stored[0] = 5
  assert.equal(await both.seen.reached(consumer, 5, { timeoutMs, bucket: 0 }), true)
  assert.equal(both.asked, 1)
  both.stored[0] = 6
  const reached = both.seen.reached(consumer, 6, { timeoutMs, bucket: 0 })
  assert.equal(both.asked, 2)
  assert.equal(await reached, true)
})

test('who has no time to wait asks at once, and a bucket that is claimed anew stands where it says', async () => {
  const both = watched()
  both.seen.claimed(consumer, 0, 9)
  both.seen.claimed(consumer, 0, 2)
  const reached = both.seen.reached(consumer, 5, { timeoutMs: 0, bucket: 0 })
  assert.equal(both.asked, 1)
  assert.equal(await reached, false)
  assert.equal(await both.seen.position(consumer), 0)
})
