import { failure } from '../../base/errors.ts'
import type { PositionState, StoredState, StreamState } from '../../ports/decision.ts'
import type { Append, Unit } from '../../ports/unit-of-work.ts'
import type { Row, StoredRow } from '../../ports/views.ts'
import { partitionOf, statusOf } from '../sql/stream-part.ts'
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
  readonly #streams: SqliteStatement
  readonly #position: SqliteStatement
  readonly #inbox: SqliteStatement
  #known: ReadonlyMap<string, SqliteStream> = new Map()

  constructor(connection: SqliteConnection, tables: TableFinder) {
    this.#connection = connection
    this.#tables = tables
    this.#streams = connection.prepare(
      'select s.stream, s.no, s.part, s.version from json_each(?) name join ew_streams s on s.stream = name.value',
    )
    this.#position = connection.prepare(
      'select position, epoch from ew_ownership where consumer = ? and source = ? and bucket = ?',
    )
    this.#inbox = connection.prepare(
      'select fingerprint, outcome from ew_inbox where service = ? and consumer = ? and key = ?',
    )
  }

  /** Reads the streams of a batch at once: a call for each takes three times as long. */
  begin(units: readonly Unit[]): void {
    const names = units.flatMap(({ appends }) => appends?.map(({ stream }) => stream) ?? [])
    const known = new Map<string, SqliteStream>()
    const rows = names.length === 0 ? [] : this.#streams.all(JSON.stringify(names))
    for (const [stream, no, part, version] of rows as [string, number, number, number][])
      known.set(stream, { no, partition: partitionOf(part), version, status: statusOf(part), stored: version })
    this.#known = known
  }

  stream({ stream, partition }: Append): SqliteStream {
    return this.#known.get(stream) ?? { no: 0, partition, version: 0, status: 'open', stored: 0 }
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
