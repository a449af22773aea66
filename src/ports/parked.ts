/** A failed attempt at a message. */
export interface ParkedAttempt {
  readonly atMs: number
  readonly code: string
  readonly message: string
}

/** What is known of a message without understanding it; null where it cannot be told. */
export interface MessageFacts {
  readonly id: string | null
  readonly type: string | null
  /** The schema version that it was written with. */
  readonly schemaVersion: number | null
  readonly correlationId: string | null
}

/**
 * A key of a consumer whose message failed for good: its messages wait, other keys flow. The message at its head is the
 * dead letter; those behind it have not been tried.
 */
export interface ParkedKey extends MessageFacts {
  readonly consumer: string
  readonly source: string
  readonly bucket: number
  readonly key: string
  /** Position of the head. */
  readonly position: number
  /** Why the head failed last; `discarded` when the head was discarded and the one behind it has not been tried. */
  readonly code: string
  readonly message: string
  /** How often the head was tried, replays included. */
  readonly attempts: number
  /** How many replays of the head have failed. */
  readonly replays: number
  /** Those of them since it was edited last, or since the consumer got the handlers that it has now. */
  readonly vainReplays: number
  /** How often the head was edited. */
  readonly edits: number
  readonly parkedAtMs: number
  readonly failedAtMs: number
  /** True once somebody asked for a replay; the bucket's owner does it, and nobody else touches the key meanwhile. */
  readonly resuming: boolean
  /** How many messages wait, the failed one included. */
  readonly waiting: number
}

/** Where the head of a parked key stands and whether a replay would take it: cheap where many are read. */
export type ParkedSummary = Pick<ParkedKey, 'consumer' | 'key' | 'position' | 'vainReplays'>

/** A dead letter with everything that is known of it. */
export interface DeadLetter extends ParkedKey {
  readonly stack: string
  /** Fingerprint of the handlers that its vain replays count for. */
  readonly handlers: string
  /** The first attempt and the newest ones. */
  readonly history: readonly ParkedAttempt[]
  /** How replays of it ended: the first and the newest ones. */
  readonly ends: readonly ParkedAttempt[]
  /** What is kept of it, as it is replayed; absent where its source keeps it. */
  readonly raw?: string
}

/** A delivery that waits: where it stood in its source, and what was kept of it. */
export interface ParkedDelivery {
  readonly position: number
  /** JSON text of a message; absent where the source keeps it. */
  readonly raw?: string
}

/** What was kept of a message that waits. */
export interface ParkedCopy {
  readonly consumer: string
  readonly key: string
  readonly position: number
  /** JSON text of the message. */
  readonly raw: string
}

/** What is taken out of what is parked, and of what is noted of it. */
export interface ParkedErasure {
  /** Messages with the texts that take the place of what was kept. */
  readonly messages?: readonly ParkedCopy[]
  /** Heads that lose why they failed, down to the code. */
  readonly heads?: readonly Omit<ParkedCopy, 'raw'>[]
  /** What was done, with what takes the place of its texts; the reasons of people stay. */
  readonly actions?: readonly Pick<ParkedAction, 'seq' | 'raw' | 'edited'>[]
}

/** Which parked keys to list; all of them when it names nothing. */
export interface ParkedPage {
  readonly consumer?: string
  readonly code?: string
  readonly type?: string
  /** The last one before. */
  readonly after?: { readonly consumer: string; readonly key: string }
  readonly limit: number
}

/** Who does something to a dead letter, and why. */
export interface ParkedOrder {
  readonly who: string
  readonly why: string
}

/** What was done to a dead letter. It is kept for good. */
export interface ParkedAction extends ParkedOrder, MessageFacts {
  /** Grows with every action. */
  readonly seq: number
  readonly kind: 'edited' | 'discarded'
  readonly consumer: string
  readonly source: string
  readonly key: string
  readonly position: number
  /** Why the message had failed. */
  readonly code: string
  readonly message: string
  readonly atMs: number
  /** What was kept of it before; absent where its source keeps it. */
  readonly raw?: string
  /** What an edit made of it. */
  readonly edited?: string
}

/**
 * What is parked. Keys are parked, extended and freed by units of the bucket's owner. What others do here, they do to
 * heads of keys that are not being replayed, so that nothing that an owner has in hand is changed or taken away.
 */
export interface ParkedTable {
  /** In the order of consumer and key. */
  list(page: ParkedPage): Promise<readonly ParkedKey[]>
  /** The same keys in the same order, and of each no more than its summary. */
  summaries(page: ParkedPage): Promise<readonly ParkedSummary[]>
  /** How many keys are parked by why and what, in that order. */
  counts(consumer?: string): Promise<
    readonly {
      readonly consumer: string
      readonly code: string
      readonly type: string | null
      readonly count: number
    }[]
  >
  get(consumer: string, key: string): Promise<DeadLetter | undefined>
  /** Those of `keys` that are parked, or that a message is missing from because it was discarded. */
  among(consumer: string, keys: readonly string[]): Promise<ReadonlySet<string>>
  count(consumer: string): Promise<number>
  /** What waits for the key, oldest first. */
  waiting(consumer: string, key: string, limit: number): Promise<readonly ParkedDelivery[]>
  /** Marks keys for replay whose head has fewer vain replays; answers those that are marked now. */
  resume(consumer: string, keys: readonly string[], vainReplaysBelow: number): Promise<ReadonlySet<string>>
  /** Keys of the consumer that are marked for replay, in their order; of one bucket where it is given. */
  resuming(consumer: string, page: { readonly bucket?: number; readonly limit: number }): Promise<readonly string[]>
  /** Replaces what is kept of a head; false when another stands there or it is marked for replay. */
  edit(consumer: string, key: string, position: number, raw: string, order: ParkedOrder): Promise<boolean>
  /**
   * Drops heads and marks their keys, so that what waits behind goes on. Answers the keys where it did: not those that
   * have another head or are marked for replay.
   */
  discard(
    consumer: string,
    heads: readonly { readonly key: string; readonly position: number }[],
    order: ParkedOrder,
  ): Promise<ReadonlySet<string>>
  /** Forgets what is parked by a consumer that is no more; what was done stays. */
  forget(consumer: string): Promise<void>
  /** What was kept of messages that wait, in the order of consumer, key and position. */
  copies(page: {
    /** The last one before. */
    readonly after?: Omit<ParkedCopy, 'raw'>
    readonly limit: number
  }): Promise<readonly ParkedCopy[]>
  /** Takes out what is said of messages that were deleted, in one transaction; what is not there is passed over. */
  erase(erasure: ParkedErasure): Promise<void>
  /** What was done, the newest first. */
  actions(page: {
    readonly consumer?: string
    readonly key?: string
    readonly kind?: ParkedAction['kind']
    /** The `seq` of the last one before. */
    readonly after?: number
    readonly limit: number
  }): Promise<readonly ParkedAction[]>
}
