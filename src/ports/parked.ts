/** A key of a consumer whose event failed for good: its events wait, other keys flow. */
export interface ParkedKey {
  readonly consumer: string
  readonly source: string
  readonly bucket: number
  readonly key: string
  /** Position of the event that failed. */
  readonly position: number
  readonly code: string
  readonly message: string
  readonly stack: string
  readonly attempts: number
  readonly parkedAtMs: number
  /** True once somebody asked for a replay; the bucket's owner does it. */
  readonly resuming: boolean
  /** How many events wait, the failed one included. */
  readonly waiting: number
}

/** A delivery that waits: where it stood in its source, and what was kept of it. */
export interface ParkedDelivery {
  readonly position: number
  /** JSON text of a message; absent where the source keeps it. */
  readonly raw?: string
}

/** What is parked. Keys are parked, extended and freed by units; here they are read and marked for replay. */
export interface ParkedTable {
  /** In the order of consumer and key. */
  list(page: {
    readonly consumer?: string
    readonly limit: number
    readonly after?: { consumer: string; key: string }
  }): Promise<readonly ParkedKey[]>
  get(consumer: string, key: string): Promise<ParkedKey | undefined>
  /** Those of `keys` that are parked. */
  among(consumer: string, keys: readonly string[]): Promise<ReadonlySet<string>>
  count(consumer: string): Promise<number>
  /** What waits for the key, oldest first. */
  waiting(consumer: string, key: string, limit: number): Promise<readonly ParkedDelivery[]>
  /** Marks a parked key for replay; false when it is not parked. */
  resume(consumer: string, key: string): Promise<boolean>
  /** Keys of the consumer that are marked for replay. */
  resuming(consumer: string): Promise<readonly ParkedKey[]>
}
