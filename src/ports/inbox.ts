/** What is kept of a request that was answered. */
export interface InboxEntry {
  readonly fingerprint: string
  /** JSON text: status, reply, ids of the unit's events. */
  readonly outcome: string
  readonly atMs: number
}

/** Reads of the idempotency table; rows are written by units. */
export interface InboxTable {
  get(service: string, consumer: string, key: string): Promise<InboxEntry | undefined>
  /** Those of `keys` that are there. */
  among(service: string, consumer: string, keys: readonly string[]): Promise<ReadonlySet<string>>
  /** The consumers, of whichever service, that have entries; in the order of their names. */
  consumers(): Promise<readonly string[]>
  /** Deletes the oldest entries of a consumer, as far as they are older than `beforeMs`; answers how many. */
  purge(consumer: string, beforeMs: number, limit: number): Promise<number>
}
