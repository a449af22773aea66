import { failure } from '../../base/errors.ts'
import type { CommitQueue } from '../commits/queue.ts'
import type { Bucket, Ownership } from '../ownership.ts'
import type { Seat } from './handler.ts'
import type { Progress } from './progress.ts'

/** What a seat is made of. */
export interface SeatOptions {
  readonly name: string
  readonly source: string
  readonly buckets: number
  readonly isSpread: boolean
  readonly leases: Ownership
  readonly queue: Pick<CommitQueue, 'commit'>
  readonly advance: Progress
}

/** The seat of a consumer whose positions are in a store. */
export function seatOf({ name, source, buckets, isSpread, leases, queue, advance }: SeatOptions): Seat {
  advance.divided(name, buckets)
  const passed = (held: readonly Bucket[], to: number): void => {
    for (const bucket of held) {
      bucket.done = Math.max(bucket.done, to)
      advance.moved(name, bucket.bucket, bucket.done)
    }
  }
  return {
    buckets,
    isSpread,
    async claim() {
      const claimed = await leases.claim(name, source)
      // Once they are held nobody can deal the keys anew; before that somebody may have.
      const there = isSpread && claimed.length > 0 ? await leases.count(name, source) : buckets
      if (there !== buckets) {
        await leases.release(claimed)
        throw failure(
          'EW_CONSUMERS_NOT_LEVEL',
          `${name} was divided into ${there} buckets meanwhile, and this process knows of ${buckets}.`,
          { details: { consumer: name, buckets: there, wanted: buckets } },
        )
      }
      for (const bucket of claimed) advance.claimed(name, bucket)
      return claimed
    },
    isAnyFree: () => leases.isAnyFree(name, source),
    isGranted: () => leases.isGranted(name),
    release: (held) => leases.release(held),
    async commit(moved, to, unit) {
      const ends = moved.map((bucket) => Math.max(to, bucket.done))
      const positions = moved.map((bucket, index) => leases.move(bucket, ends[index]!))
      const outcome = await queue.commit({ ...unit, positions })
      if (!outcome.ok) return outcome
      for (const [index, bucket] of moved.entries()) bucket.position = ends[index]!
      // Noted before anybody is woken by the commit, so that a waiting reader needs no read of the table.
      passed(moved, to)
      advance.stored(name)
      return outcome
    },
    passed,
    isAwaited: () => advance.isAwaited(name),
    wish: (bucket) => leases.wish(name, source, bucket),
  }
}
