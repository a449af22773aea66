import type { OutboxMessage } from '../../ports/outbox.ts'
import { BulkInsert } from './bulk-insert.ts'
import type { SqliteConnection } from './driver.ts'
import { Sequence } from './sequence.ts'

const columns = ['position', 'id', 'service', 'channel', 'key', 'type', 'headers', 'value', 'recorded_at'] as const

/** Writes what units send. One batch at a time: `begin`, then `write` for each winner, then `finish`. */
export class OutboxWrites {
  readonly #positions: Sequence
  readonly #rows: BulkInsert
  #nowMs = 0

  constructor(connection: SqliteConnection) {
    this.#positions = new Sequence(connection, 'outbox')
    this.#rows = new BulkInsert(connection, 'ew_outbox', columns)
  }

  begin(nowMs: number): void {
    this.#nowMs = nowMs
    this.#positions.begin()
    this.#rows.discard()
  }

  write(messages: readonly OutboxMessage[]): void {
    for (const { id, service, channel, key, type, headers, value } of messages)
      this.#rows.add([this.#positions.next(), id, service, channel, key, type, headers, value, this.#nowMs])
  }

  finish(): void {
    this.#rows.flush()
    this.#positions.finish()
  }
}
