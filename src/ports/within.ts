import type { EventLog } from './event-log.ts'
import type { InboxTable } from './inbox.ts'
import type { SnapshotTable } from './snapshots.ts'
import type { Outcome, Unit } from './unit-of-work.ts'
import type { ViewTables } from './views.ts'

/** A statement as clients of `pg` take it. */
export interface ClientQuery {
  readonly text: string
  readonly values: unknown[]
  readonly rowMode: 'array'
  readonly types: { getTypeParser(type: number): (value: string) => unknown }
}

/** What a client answers, as far as it is looked at. */
export interface ClientResult {
  readonly rows: unknown[][]
  readonly rowCount: number | null
  readonly fields: readonly { readonly name: string }[]
}

/** A connection with a transaction that its owner has begun and is going to end: a client of `pg`, not a pool. */
export interface TransactionClient {
  query(query: ClientQuery): Promise<ClientResult>
}

/**
 * The parts of a store on the connection of somebody else, in his open transaction. Reads see what that has written.
 * Nothing here begins or ends it. Calls may be concurrent and are carried out one after the other. Once a read has
 * failed, the transaction can only be rolled back; a commit that loses or is refused leaves it as it was.
 *
 * Errors: EW_TRANSACTION where no transaction is open, it has failed, only reads, or has settings under which rows are
 * read as others; EW_STORE_UNREACHABLE when the connection is gone, and then nothing of the transaction is stored.
 */
export interface StoreWithin {
  readonly log: EventLog
  readonly inbox: InboxTable
  readonly snapshots: SnapshotTable
  readonly views: Pick<ViewTables, 'get' | 'find' | 'count'>
  query(sql: string, params: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  now(): Promise<number>
  /**
   * Decides and writes a unit by the rule of `Store.commit`; it is stored when the owner of the transaction commits it,
   * and until then every other commit with events waits. Rejects as that does. EW_STORE_BUSY: the call may be repeated,
   * except in a transaction of an isolation that keeps one snapshot, which has to be begun anew.
   */
  commit(unit: Unit): Promise<Outcome>
  /** Tells those who watch the store in this process that the transaction was committed. */
  committed(): void
}
