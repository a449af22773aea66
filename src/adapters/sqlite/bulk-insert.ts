import type { Parameter, SqliteConnection, SqliteStatement } from './driver.ts'

/** Rows that go in with one call: each call of the driver has its price. */
const rowsAtOnce = 16

/** Inserts rows into one table, many with one call of the driver. Nothing is sure to be written before `flush`. */
export class BulkInsert {
  readonly #one: SqliteStatement
  readonly #many: SqliteStatement
  readonly #columns: number
  #waiting: Parameter[] = []

  /** `conflict` follows the values: what is done with a row that meets one which is there, also of the same call. */
  constructor(connection: SqliteConnection, table: string, columns: readonly string[], conflict = '') {
    const row = `(${columns.map(() => '?').join(', ')})`
    const into = `insert into ${table} (${columns.join(', ')}) values`
    const insert = (count: number): SqliteStatement =>
      connection.prepare(`${into} ${Array(count).fill(row).join(', ')} ${conflict}`.trimEnd())
    this.#one = insert(1)
    this.#many = insert(rowsAtOnce)
    this.#columns = columns.length
  }

  /** Values in the order of the columns. */
  add(row: readonly Parameter[]): void {
    for (let index = 0; index < row.length; index++) this.#waiting.push(row[index]!)
    if (this.#waiting.length < rowsAtOnce * this.#columns) return
    this.#many.run(...this.#waiting)
    this.#waiting = []
  }

  flush(): void {
    for (let at = 0; at < this.#waiting.length; at += this.#columns) {
      this.#one.run(...this.#waiting.slice(at, at + this.#columns))
    }
    this.#waiting = []
  }

  /** Forgets rows of a transaction that did not come to its end. */
  discard(): void {
    this.#waiting = []
  }
}
