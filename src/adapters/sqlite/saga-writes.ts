import { streamHash } from '../../base/hash.ts'
import { mailHash, type SagaMail, type SagaMailKey, type SagaRow } from '../../ports/sagas.ts'
import { BulkInsert } from './bulk-insert.ts'
import type { SqliteConnection, SqliteStatement } from './driver.ts'
import { Sequence } from './sequence.ts'

const columns = [
  'id',
  'saga',
  'service',
  'definition_version',
  'status',
  'closed',
  'version',
  'due_at',
  'state',
  'started_at',
  'hash',
] as const
const replaced = columns.slice(1).map((name) => `${name} = excluded.${name}`)
const put = `on conflict (id) do update set ${replaced.join(', ')}`
const mailColumns = ['seq', 'saga', 'address', 'key', 'kind', 'body', 'at', 'hash'] as const

/**
 * Writes rows of sagas and their mail. One batch at a time: `begin`, then what each winner brings, in their order, then
 * `finish`.
 */
export class SagaWrites {
  readonly #newRows: BulkInsert
  readonly #newMail: BulkInsert
  readonly #used: SqliteStatement
  readonly #seqs: Sequence
  #rows = new Map<string, SagaRow>()
  #nowMs = 0

  constructor(connection: SqliteConnection) {
    this.#newRows = new BulkInsert(connection, 'ew_sagas', columns, put)
    this.#newMail = new BulkInsert(connection, 'ew_mail', mailColumns, 'on conflict (saga, address, key) do nothing')
    this.#used = connection.prepare('update ew_mail set body = null where saga = ? and address = ? and key = ?')
    this.#seqs = new Sequence(connection, 'mail')
  }

  begin(nowMs: number): void {
    this.#nowMs = nowMs
    this.#rows = new Map()
    this.#newRows.discard()
    this.#newMail.discard()
    this.#seqs.begin()
  }

  /** Only the last row of an instance is written, at the end: several units of a batch may move it. */
  writeRows(rows: readonly SagaRow[]): void {
    for (const row of rows) this.#rows.set(row.id, row)
  }

  writeMail(mail: readonly SagaMail[]): void {
    for (const { saga, address, key, kind, body } of mail)
      this.#newMail.add([this.#seqs.next(), saga, address, key, kind, body, this.#nowMs, mailHash(address)])
  }

  useMail(keys: readonly SagaMailKey[]): void {
    // It may be mail of this batch.
    this.#newMail.flush()
    for (const { saga, address, key } of keys) this.#used.run(saga, address, key)
  }

  finish(): void {
    for (const row of this.#rows.values()) {
      const { id, saga, service, definitionVersion, status, closed, version, dueAtMs, state, startedAtMs } = row
      const isClosed = closed ? 1 : 0
      const stood = [
        id,
        saga,
        service,
        definitionVersion,
        status,
        isClosed,
        version,
        dueAtMs,
        state,
        startedAtMs,
      ] as const
      this.#newRows.add([...stood, streamHash(id)])
    }
    this.#newRows.flush()
    this.#newMail.flush()
    this.#seqs.finish()
  }
}
