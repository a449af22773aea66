import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { orderData } from './orders.ts'
import { rawEvent } from './raw-event.ts'
import { makeTables } from './tables.ts'

/**
 * What somebody would write by hand for one event type: the same tables, columns and check as ours, and nothing else.
 */
export class RawOrders {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #streamOf: StatementSync
  readonly #head: StatementSync
  readonly #lastNo: StatementSync
  readonly #addStream: StatementSync
  readonly #addEvent: StatementSync
  readonly #setHead: StatementSync

  static async open(file: string): Promise<RawOrders> {
    await makeTables(file)
    return new RawOrders(file)
  }

  private constructor(file: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 4000')
    this.#begin = this.#database.prepare('begin immediate')
    this.#commit = this.#database.prepare('commit')
    this.#streamOf = this.#prepare('select no, version from ew_streams where stream = ?')
    this.#head = this.#prepare('select position from ew_head where part = 0')
    this.#lastNo = this.#prepare('select coalesce(max(no), 0) from ew_streams')
    this.#addStream = this.#prepare('insert into ew_streams (no, stream, part, hash, version) values (?, ?, 0, ?, 1)')
    this.#addEvent = this.#prepare(
      'insert into ew_events (seq, no, version, id, type, schema_version, occurred_at, recorded_at, checksum, data, meta) ' +
        `values (?, ?, 1, ?, 'OrderPlaced', 1, ?, ?, ?, ?, ?)`,
    )
    this.#setHead = this.#prepare('update ew_head set position = ? where part = 0')
  }

  /** Appends the first event of each stream in one transaction; false for streams that exist already. */
  append(batch: readonly { readonly id: string; readonly data: ReturnType<typeof orderData> }[]): readonly boolean[] {
    this.#begin.run()
    try {
      const now = Date.now()
      let position = valueOf(this.#head.get())
      let no = valueOf(this.#lastNo.get())
      const taken = batch.map(({ id: orderId, data }) => {
        const { stream, hash, id, checksum, text, meta } = rawEvent(`Order/${orderId}`, 'OrderPlaced', data, now)
        if (this.#streamOf.get(stream) !== undefined) return false
        this.#addStream.run(++no, stream, hash)
        this.#addEvent.run(++position, no, Buffer.from(id.replaceAll('-', ''), 'hex'), now, now, checksum, text, meta)
        return true
      })
      this.#setHead.run(position)
      this.#commit.run()
      return taken
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

function valueOf(row: unknown): number {
  return (row as [number])[0]
}
