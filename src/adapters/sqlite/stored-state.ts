import { failure } from '../../base/errors.ts'
import type { PositionState, StoredState, StreamState } from '../../ports/decision.ts'
import type { Partition } from '../../ports/stored-event.ts'
import type { Append } from '../../ports/unit-of-work.ts'
import type { Row, StoredRow } from '../../ports/views.ts'
import type { SqliteConnection, SqliteStatement } from './driver.ts'
import type { ViewTable } from './view-table.ts'

/** A stream with its number; 0 while it has no row. */
export interface SqliteStream extends StreamState {
  no: number
}

/** Finds the view table that was ensured under a name; undefined when none was. */
export type TableFinder = (name: string) => ViewTable | undefined

/** What is stored, read inside the transaction that decides. */
export class SqliteStoredState implements StoredState<SqliteStream> {
  readonly #connection: SqliteConnection
  readonly #tables: TableFinder
  readonly #stream: SqliteStatement
  readonly #position: SqliteStatement
  readonly #inbox: SqliteStatement

  constructor(connection: SqliteConnection, tables: TableFinder) {
    this.#connection = connection
    this.#tables = tables
    this.#stream = connection.prepare('select no, part, version from ew_streams where stream = ?')
    this.#position = connection.prepare(
      'select position, epoch from ew_ownership where consumer = ? and source = ? and bucket = ?',
    )
    this.#inbox = connection.prepare(
      'select fingerprint, outcome from ew_inbox where service = ? and consumer = ? and key = ?',
    )
  }

  stream({ stream, partition }: Append): SqliteStream {
    const row = this.#stream.get(stream)
    if (row === undefined) return { no: 0, partition, version: 0, stored: 0 }
    return { no: row[0] as number, partition: row[1] as Partition, version: row[2] as number, stored: row[2] as number }
  }

  position(consumer: string, source: string, bucket: number): PositionState | undefined {
    const row = this.#position.get(consumer, source, bucket)
    return row && { position: row[0] as number, epoch: row[1] as number }
  }

  inbox(service: string, consumer: string, key: string): { fingerprint: string; outcome: string } | undefined {
    const row = this.#inbox.get(service, consumer, key)
    return row && { fingerprint: row[0] as string, outcome: row[1] as string }
  }

  unique(table: string): readonly (readonly string[])[] {
    return this.table(table).spec.unique
  }

  row(table: string, key: string): StoredRow | undefined {
    return this.table(table).get(this.#connection, key)
  }

  holder(table: string, columns: readonly string[], row: Row): string | undefined {
    return this.table(table).holder(this.#connection, columns, row)
  }

  /** The view table of that name. Error: EW_UNIT. */
  table(name: string): ViewTable {
    const table = this.#tables(name)
    if (table === undefined)
      throw failure('EW_UNIT', `There is no table ${name}; it must be ensured before rows are written.`)
    return table
  }
}
