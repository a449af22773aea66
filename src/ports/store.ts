import type { Clock } from '../base/clock.ts'
import type { Broker } from './broker.ts'
import type { CorrelationTable } from './correlations.ts'
import type { EventLog } from './event-log.ts'
import type { InboxTable } from './inbox.ts'
import type { OutboxTable } from './outbox.ts'
import type { BucketCounts, OwnershipTable } from './ownership.ts'
import type { ParkedTable } from './parked.ts'
import type { SagaTable } from './sagas.ts'
import type { SnapshotTable } from './snapshots.ts'
import type { StreamTable } from './streams.ts'
import type { TimerTable } from './timers.ts'
import type { Outcome, Unit } from './unit-of-work.ts'
import type { ViewRegistry, ViewTables } from './views.ts'
import type { StoreWithin, TransactionClient } from './within.ts'

/** A store that is described but not opened: what `memory()` and `sqlite(file)` return. */
export interface StoreAdapter {
  readonly kind: 'store'
  /** For messages: `memory`, `sqlite shop.db`. Never a password. */
  readonly name: string
  /**
   * Opens it, creating or migrating what is missing. Errors: EW_STORE_FOREIGN, EW_STORE_CORRUPT, EW_STORE_NEWER,
   * EW_STORE_BUSY.
   */
  open(options: { readonly clock: Clock }): Promise<Store>
}

/**
 * An open store. One commit port for everything that must change together; reads beside it.
 * No user code runs inside any of its methods. Methods may be called concurrently.
 * Whatever writes may reject by EW_STORE_BUSY with nothing done: others hold the lock, try again.
 */
export interface Store {
  /** Constant for the life of the data; it stands in receipts. */
  readonly storeId: string
  readonly name: string
  /**
   * Whether the processes that have it open share the work of consumers among them. Otherwise whoever comes first has
   * all of it until it ends, which costs nothing where one process is the rule.
   */
  readonly shared: boolean
  /** Whether a commit is carried out elsewhere, while this process can go on. */
  readonly remote: boolean
  /** Into how many buckets its consumers are divided, which is how many processes can share one of them. */
  readonly buckets: BucketCounts
  /** The dialect of recorded SQL; null when it runs none. */
  readonly sql: 'sqlite' | 'postgres' | null

  /**
   * Decides and writes many units in one transaction, in their order: later units see earlier winners, a losing unit
   * never fails its neighbours. The same event id must not occur twice in one call.
   * Rejects as a whole, with nothing written, by EW_STORE_BUSY (others hold the lock: retry), EW_IDS_TAKEN (some event
   * ids are stored already: look them up), EW_STORE_FULL, or any other error (one unit may be the cause: halve and
   * repeat).
   */
  commit(units: readonly Unit[]): Promise<readonly Outcome[]>

  /**
   * Says that this very list is going to be committed soon, so that a store may get ready for it while it waits for
   * another. It changes nothing, and never throws.
   */
  prepare?(units: readonly Unit[]): void

  /**
   * The store on a connection of somebody else, in the transaction that he has open. Null where that cannot be. Error:
   * EW_TRANSACTION, also for a connection to another database or one that is no client.
   */
  readonly within: ((client: TransactionClient) => Promise<StoreWithin>) | null

  /**
   * How long the caller should wait before its next commit so that other processes get their turn; 0 when nobody else
   * writes.
   */
  turnMs(): number

  readonly log: EventLog
  readonly streams: StreamTable
  readonly correlations: CorrelationTable
  readonly ownership: OwnershipTable
  readonly inbox: InboxTable
  readonly parked: ParkedTable
  readonly snapshots: SnapshotTable
  readonly views: ViewTables
  readonly builds: ViewRegistry
  readonly outbox: OutboxTable
  readonly sagas: SagaTable
  readonly timers: TimerTable
  /** The broker embedded in the same data; it closes with the store. Null where messages need a broker of their own. */
  readonly broker: Broker | null

  /** Rows of a read-only SQL statement, before the commit of what was recorded. Error: EW_SQL_UNSUPPORTED. */
  query(sql: string, params: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>

  /**
   * Calls back soon after another process has committed; a hint that may repeat or, rarely, fail to come. Answers its
   * own removal.
   */
  watch(listener: () => void): () => void

  /** The database's clock. */
  now(): Promise<number>

  /** Waits for calls in flight and closes; later calls reject by EW_CLOSED. */
  close(): Promise<void>
}
