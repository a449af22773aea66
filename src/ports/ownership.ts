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
}
