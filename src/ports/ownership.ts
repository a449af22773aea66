import { murmur3_32 } from '../base/hash.ts'

/** Into how many buckets consumers are divided; powers of two, at most 1,024. */
export interface BucketCounts {
  readonly projections: number
  /** Also what tells sagas and processes of events. */
  readonly subscriptions: number
  /** What brings events to channels. */
  readonly relay: number
  /** Also processes: their instances, with mail and due times. */
  readonly sagas: number
}

/** One owner for each consumer, which is all that a store for one process needs. */
export const undivided: BucketCounts = { projections: 1, subscriptions: 1, relay: 1, sagas: 1 }

/** The bucket of a key of a consumer that has so many. */
export function bucketOfKey(key: string, buckets: number): number {
  return buckets === 1 ? 0 : murmur3_32(key) & (buckets - 1)
}

/** Who works on one bucket of a consumer, and how far it has come. */
export interface OwnershipRow {
  readonly consumer: string
  /** `log`, or the name of a channel. */
  readonly source: string
  readonly bucket: number
  /** Everything up to here is done. */
  readonly position: number
  /** Raised by every claim; a unit with an older epoch loses. */
  readonly epoch: number
  readonly owner: string | null
  readonly untilMs: number | null
  /** Who asked to have it next; null when nobody did. */
  readonly wanted: string | null
  /** When its position moved last, or was made; of a source without positions, when something was committed last. */
  readonly movedAtMs: number
  /** Two moves of its position at most, the older first: what tells how fast it goes when there is work. */
  readonly noted: readonly NotedMove[]
}

/** A move of a position: where it had stood, since when, and when it moved. */
export interface NotedMove {
  readonly from: number
  readonly sinceMs: number
  readonly atMs: number
}

/** A move is noted when the noted one before is so old; the oldest of three is forgotten. */
export const noteEveryMs = 30_000

/** What a commit at a time makes of a row, beside its lease. In a source without positions all of them stay 0. */
export function movedTo(row: OwnershipRow, position: number, atMs: number): Partial<OwnershipRow> {
  const { position: from, movedAtMs: sinceMs, noted } = row
  if (position === from) return position === 0 ? { movedAtMs: atMs } : {}
  const isNoted = (noted.at(-1)?.atMs ?? 0) + noteEveryMs <= atMs
  return {
    position,
    movedAtMs: atMs,
    noted: isNoted ? [...noted.slice(-1), { from, sinceMs, atMs }] : noted,
  }
}

/** How long a bucket that was given back on a wish waits for whoever had it. */
export const handOverMs = 2_000

/** Names one held bucket. */
export interface Held {
  readonly consumer: string
  readonly source: string
  readonly bucket: number
  readonly epoch: number
}

/**
 * Leases on the database's clock, one row per (consumer, source, bucket). Safe against paused owners because every
 * commit compares epoch and position; the lease alone only decides who may try.
 */
export interface OwnershipTable {
  /** Creates the rows of a consumer that are missing, at `position`; existing rows stay as they are. */
  ensure(consumer: string, source: string, buckets: number, position: number): Promise<void>
  /**
   * Makes a consumer have exactly so many buckets: at `position` where it has none. Where it has another number, its
   * keys are dealt anew, those that are parked too: all buckets must stand at one position and nobody may hold one,
   * else EW_CONSUMERS_NOT_LEVEL and nothing has changed. Whoever held one before has lost it.
   */
  divide(consumer: string, source: string, buckets: number, position: number): Promise<void>
  /**
   * Takes buckets that are free, expired or already held by this owner, raising their epoch. Two claimers never get the
   * same one. One that was given back on a wish is free for whoever had it alone, until `handOverMs` later.
   */
  claim(consumer: string, source: string, owner: string, ttlMs: number): Promise<readonly OwnershipRow[]>
  /** Extends the leases that are still held with that epoch; answers those. */
  renew(held: readonly Held[], ttlMs: number): Promise<readonly Held[]>
  /** Notes that this owner would like to have buckets that others hold with that epoch, until somebody claims them. */
  ask(held: readonly Held[], owner: string): Promise<void>
  /** Gives buckets back at once; epochs that are no longer current are ignored. */
  release(held: readonly Held[]): Promise<void>
  /** Rows of one consumer, or all, in key order. */
  list(consumer?: string): Promise<readonly OwnershipRow[]>
  /** Deletes a consumer's rows, when nothing of it runs any more. */
  remove(consumer: string): Promise<void>
  /**
   * Deletes the rows of a consumer and all that is parked by it, both or neither. False, with nothing done, unless this
   * owner has every row that there is. What was done to its dead letters stays.
   */
  forget(consumer: string, owner: string): Promise<boolean>
}
