import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock, type Clock } from 'eventwright'
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
function watched(clock: Clock = systemClock): Watched {
  const wake = signal()
  const stored = [0, 0]
  const list = async (): Promise<readonly OwnershipRow[]> => {
    both.asked++
    return stored.map((position, bucket) => ({ consumer, bucket, position }) as OwnershipRow)
  }
  const seen = progress({ list } as unknown as OwnershipTable, wake, clock, 1_000)
  const both: Watched = { seen, wake, stored, asked: 0 }
  seen.divided(consumer, 2)
  return both
}

interface Claimed {
  readonly bucket: number
  readonly done: number
  lost: boolean
}

function claims({ seen }: Watched, bucket: number, done = 0): Claimed {
  const claimed = { bucket, done, lost: false }
  seen.claimed(consumer, claimed)
  return claimed
}

test('who waits for a bucket of this process does not ask the store where it stands', async () => {
  const both = watched()
  claims(both, 0)
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
  claims(both, 0)
  both.seen.moved(consumer, 0, 5)
  const reached = both.seen.reached(consumer, 5, { timeoutMs })
  assert.equal(both.asked, 1)
  both.stored[1] = 5
  both.wake.raise()
  assert.equal(await reached, true)
  assert.equal(both.asked, 2)
  claims(both, 1, 5)
  const again = both.seen.reached(consumer, 6, { timeoutMs })
  for (const bucket of [0, 1]) both.seen.moved(consumer, bucket, 6)
  assert.equal(await again, true)
  assert.equal(both.asked, 2)
})

test('a look at the store does not make a bucket anybody else’s; a lease that is lost does', async () => {
  const both = watched()
  const claimed = claims(both, 0)
  both.stored[0] = 5
  assert.equal(await both.seen.position(consumer), 0)
  const own = both.seen.reached(consumer, 6, { timeoutMs, bucket: 0 })
  assert.equal(both.asked, 1)
  both.seen.moved(consumer, 0, 6)
  assert.equal(await own, true)
  claimed.lost = true
  both.stored[0] = 7
  assert.equal(await both.seen.reached(consumer, 7, { timeoutMs, bucket: 0 }), true)
  assert.equal(both.asked, 2)
})

test('a bucket that has not moved for a moment, or often enough in vain, is asked for', async () => {
  const still = watched()
  claims(still, 0)
  still.stored[0] = 5
  assert.equal(await still.seen.reached(consumer, 5, { timeoutMs, bucket: 0 }), true)
  assert.equal(still.asked, 1)
  const standing = watched({ ...systemClock, now: () => 1_000 })
  claims(standing, 0)
  standing.stored[0] = 5
  const reached = standing.seen.reached(consumer, 5, { timeoutMs, bucket: 0 })
  let raised = 0
  while (standing.asked === 0 && raised++ < 1_000) {
    standing.wake.raise()
    await turn()
  }
  assert.equal(await reached, true)
  assert.ok(raised < 1_000, 'it asks although the clock stands')
})

test('who has no time, has ended or no longer wants it is not kept waiting', async () => {
  const both = watched()
  claims(both, 0)
  const hasNoTime = both.seen.reached(consumer, 5, { timeoutMs: 0, bucket: 0 })
  assert.equal(both.asked, 1)
  assert.equal(await hasNoTime, false)
  let isWanted = true
  const unwanted = both.seen.reached(consumer, 5, { timeoutMs, bucket: 0, wanted: () => isWanted })
  isWanted = false
  both.wake.raise()
  assert.equal(await unwanted, false)
  const abort = new AbortController()
  const aborted = both.seen.reached(consumer, 5, { timeoutMs, bucket: 0, abort: abort.signal })
  abort.abort()
  assert.equal(await aborted, false)
})

test('a bucket that is claimed anew stands where it says', async () => {
  const both = watched()
  claims(both, 0, 9)
  claims(both, 0, 2)
  assert.equal(await both.seen.reached(consumer, 5, { timeoutMs: 0, bucket: 0 }), false)
  assert.equal(await both.seen.position(consumer), 0)
})
