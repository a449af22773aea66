import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import type { Held, OwnershipRow } from '../ports/ownership.ts'
import type { Store } from '../ports/store.ts'
import type { PositionMove } from '../ports/unit-of-work.ts'

/** A bucket that this process works on. `position` follows the commits of its owner. */
export interface Bucket extends Held {
  position: number
  /** True once the lease is known to be lost; the bucket must be dropped. */
  readonly lost: boolean
  /** Fires, with EW_OWNERSHIP_LOST, when `lost` becomes true. */
  readonly signal: AbortSignal
  /** Notes that the lease is lost. */
  lose(): void
}

/** What the process holds, and the heartbeat that keeps it. */
export interface Ownership {
  /** Creates missing rows at `position`; `buckets` is a power of two. */
  ensure(consumer: string, source: string, buckets: number, position: number): Promise<void>
  /** Takes what is free or expired. */
  claim(consumer: string, source: string): Promise<readonly Bucket[]>
  /** Whether there is a bucket that nobody holds, or that only the table says is held here. */
  isAnyFree(consumer: string, source: string): Promise<boolean>
  /** The compare-and-set that moves a bucket to `to`, for the unit that did the work. */
  move(bucket: Bucket, to: number): PositionMove
  /** Gives buckets up at once so that others can go on. */
  release(buckets: readonly Bucket[]): Promise<void>
  /** Renews leases until `stop` fires; it never rejects. */
  heartbeat(stop: AbortSignal): Promise<void>
}

/**
 * Ownership of consumer buckets for one process. The lease decides who tries; epoch and position in every unit decide
 * who wins, so a paused owner can do no harm when it wakes up.
 */
export function ownership(
  { ownership: table, now }: Pick<Store, 'ownership' | 'now'>,
  owner: string,
  leaseMs: number,
  clock: Clock,
): Ownership {
  const held = new Map<string, Bucket>()
  const drop = (bucket: Bucket): void => {
    bucket.lose()
    if (held.get(nameOf(bucket)) === bucket) held.delete(nameOf(bucket))
  }
  return {
    ensure: (consumer, source, buckets, position) => table.ensure(consumer, source, buckets, position),
    async claim(consumer, source) {
      const rows = await table.claim(consumer, source, owner, leaseMs)
      const fresh: Bucket[] = []
      for (const row of rows) {
        const known = held.get(nameOf(row))
        if (known !== undefined) drop(known)
        const bucket = claimed({ consumer, source, bucket: row.bucket, epoch: row.epoch }, row.position)
        held.set(nameOf(bucket), bucket)
        fresh.push(bucket)
      }
      return fresh
    },
    async isAnyFree(consumer, source) {
      const [rows, nowMs] = [await table.list(consumer), await now()]
      const isLostHere = (row: OwnershipRow): boolean => row.owner === owner && held.get(nameOf(row))?.lost !== false
      const isFree = (row: OwnershipRow): boolean =>
        row.owner === null || (row.untilMs ?? 0) <= nowMs || isLostHere(row)
      return rows.some((row) => row.source === source && isFree(row))
    },
    move: (bucket, to) => ({
      consumer: bucket.consumer,
      source: bucket.source,
      bucket: bucket.bucket,
      epoch: bucket.epoch,
      from: bucket.position,
      to,
      ttlMs: leaseMs,
    }),
    async release(buckets) {
      for (const bucket of buckets) drop(bucket)
      if (buckets.length > 0) await table.release(buckets)
    },
    async heartbeat(stop) {
      while (!stop.aborted) {
        await clock.sleep(leaseMs / 3, stop)
        if (stop.aborted || held.size === 0) continue
        const before = [...held.values()]
        // A failed renewal is no loss yet: the lease says when it is, and every commit checks the epoch.
        const still = await table.renew(before, leaseMs).catch(() => undefined)
        if (still === undefined) continue
        const names = new Set(still.map((each) => `${nameOf(each)} ${each.epoch}`))
        for (const bucket of before) if (!names.has(`${nameOf(bucket)} ${bucket.epoch}`)) drop(bucket)
      }
    },
  }
}

function claimed(held: Held, position: number): Bucket {
  const losing = new AbortController()
  return {
    ...held,
    position,
    signal: losing.signal,
    get lost() {
      return losing.signal.aborted
    },
    lose: () => losing.abort(failure('EW_OWNERSHIP_LOST', `${held.consumer} lost its bucket ${held.bucket}.`)),
  }
}

function nameOf(held: { readonly consumer: string; readonly source: string; readonly bucket: number }): string {
  return `${held.bucket} ${held.source} ${held.consumer}`
}
