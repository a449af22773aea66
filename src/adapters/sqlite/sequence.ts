import type { SqliteConnection, SqliteStatement } from './driver.ts'

/** Numbers that never come again, whatever was deleted. One batch at a time: `begin`, `next` as often as needed, `finish`. */
export class Sequence {
  readonly #name: string
  readonly #last: SqliteStatement
  readonly #setLast: SqliteStatement
  #stored = -1
  #given = -1

  constructor(connection: SqliteConnection, name: 'mail' | 'outbox') {
    this.#name = name
    this.#last = connection.prepare('select last from ew_sequences where name = ?')
    this.#setLast = connection.prepare('update ew_sequences set last = ? where name = ?')
  }

  /** The last number that was given. */
  last(): number {
    return this.#last.get(this.#name)?.[0] as number
  }

  begin(): void {
    this.#stored = this.#given = -1
  }

  next(): number {
    if (this.#stored < 0) this.#stored = this.#given = this.last()
    return ++this.#given
  }

  finish(): void {
    if (this.#given !== this.#stored) this.#setLast.run(this.#given, this.#name)
  }
}
