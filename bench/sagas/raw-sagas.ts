import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { murmurHash, nextId } from '../store/raw-event.ts'

/** Rows as the tables of the store have them, written by hand: prepared statements and counters, and no reads. */
export class RawSagas {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #counters: readonly Counter[]
  readonly #addStream: StatementSync
  readonly #moveStream: StatementSync
  readonly #addEvent: StatementSync
  readonly #putSaga: StatementSync
  readonly #addMail: StatementSync
  readonly #useMail: StatementSync
  readonly #addOutbox: StatementSync
  readonly #addInbox: StatementSync
  readonly #addMessage: StatementSync
  readonly #moveConsumer: StatementSync
  readonly #partitions: ReadonlyMap<string, Counter>
  readonly #position: Counter
  readonly #enginePosition: Counter
  readonly #mail: Counter
  readonly #outbox: Counter
  #lastStream = 0
  #nowMs = 0

  constructor(file: string) {
    const database = (this.#database = new DatabaseSync(file))
    database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 4000')
    const statement = (sql: string): StatementSync => database.prepare(sql)
    this.#begin = statement('begin immediate')
    this.#commit = statement('commit')
    this.#addStream = statement('insert into ew_streams (no, stream, part, hash, version) values (?, ?, ?, ?, ?)')
    this.#moveStream = statement('update ew_streams set version = ? where no = ?')
    this.#addEvent = statement(
      'insert into ew_events (seq, no, version, id, type, schema_version, occurred_at, recorded_at, checksum, data, meta) ' +
        'values (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)',
    )
    this.#putSaga = statement(
      'insert into ew_sagas (id, saga, service, definition_version, status, closed, version, due_at, state, started_at) ' +
        `values (?, ?, 'orders', 1, ?, ?, ?, null, ?, ?) on conflict (id) do update set status = excluded.status, ` +
        'closed = excluded.closed, version = excluded.version, state = excluded.state',
    )
    this.#addMail = statement(
      'insert into ew_mail (seq, saga, address, key, kind, body, at) values (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#useMail = statement('update ew_mail set body = null where saga = ? and address = ? and key = ?')
    this.#addOutbox = statement(
      'insert into ew_outbox (position, id, service, channel, key, type, headers, value, recorded_at) ' +
        'values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#addInbox = statement(
      `insert into ew_inbox (service, consumer, key, fingerprint, outcome, at) values (?, 'participant', ?, ?, ?, ?)`,
    )
    this.#addMessage = statement('insert into ew_messages (seq, id, key, headers, value, at) values (?, ?, ?, ?, ?, ?)')
    this.#moveConsumer = statement('update ew_ownership set position = ?, until = ? where consumer = ? and bucket = 0')
    this.#position = new Counter(statement('update ew_head set position = ? where part = 0'))
    this.#enginePosition = new Counter(statement('update ew_head set position = ? where part = 1'))
    this.#mail = new Counter(statement(`update ew_sequences set last = ? where name = 'mail'`))
    this.#outbox = new Counter(statement(`update ew_sequences set last = ? where name = 'outbox'`))
    this.#partitions = partitionsOf(database)
    this.#counters = [this.#position, this.#enginePosition, this.#mail, this.#outbox, ...this.#partitions.values()]
  }

  /** Runs `write` in one transaction that is on the disk when this returns. */
  transaction(write: () => void): void {
    this.#begin.run()
    try {
      this.#nowMs = Date.now()
      write()
      for (const counter of this.#counters) counter.store()
      this.#commit.run()
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }

  /** A new stream with its first events; answers its number. */
  stream(stream: string, part: 0 | 1, events: readonly RawEvent[]): number {
    const no = ++this.#lastStream
    this.#addStream.run(no, stream, part, murmurHash(stream) & 1023, events.length)
    this.#add(no, stream, part, 0, events)
    return no
  }

  /** More events of the saga's stream. */
  more(no: number, stream: string, version: number, events: readonly RawEvent[]): void {
    this.#moveStream.run(version + events.length, no)
    this.#add(no, stream, 1, version, events)
  }

  saga(saga: string, id: string, status: 'running' | 'completed', version: number, state: string): void {
    this.#putSaga.run(id, saga, status, status === 'completed' ? 1 : 0, version, state, this.#nowMs)
  }

  mail(saga: string, address: string, key: string, kind: string, body: string): void {
    this.#addMail.run(this.#mail.next(), saga, address, key, kind, body, this.#nowMs)
  }

  useMail(saga: string, address: string, key: string): void {
    this.#useMail.run(saga, address, key)
  }

  send(service: string, { channel, key, id, headers, value }: RawMessage, type: string): void {
    this.#addOutbox.run(this.#outbox.next(), id, service, channel, key, type, headers, value, this.#nowMs)
  }

  publish({ channel, key, id, headers, value }: RawMessage): void {
    this.#addMessage.run(this.#partitions.get(channel)!.next(), id, key, headers, value, this.#nowMs)
  }

  answered(service: string, key: string, outcome: string): void {
    this.#addInbox.run(service, key, 'd8d1eba190c149f30328000b8d9d6675', outcome, this.#nowMs)
  }

  /** A consumer's position and lease. */
  moved(consumer: string, position: number): void {
    this.#moveConsumer.run(position, this.#nowMs + 10_000, consumer)
  }

  close(): void {
    this.#database.close()
  }

  #add(no: number, stream: string, part: 0 | 1, after: number, events: readonly RawEvent[]): void {
    let version = after
    for (const { id, type, data, meta } of events) {
      const sum = crc32(`${id}\0${stream}\0${type}\x001\0${data}\0${meta}`)
      const seq = part === 0 ? this.#position.next() : 2 ** 52 + this.#enginePosition.next()
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
      this.#addEvent.run(seq, no, ++version, bytes, type, this.#nowMs, this.#nowMs, sum, data, meta)
    }
  }
}

/** An event as it is stored. */
export interface RawEvent {
  readonly id: string
  readonly type: string
  readonly data: string
  readonly meta: string
}

/** A message as it is stored. */
export interface RawMessage {
  readonly channel: string
  readonly key: string
  readonly id: string
  readonly headers: string
  readonly value: string
}

/** A number that is counted here and stored once a transaction. */
class Counter {
  readonly #update: StatementSync
  readonly #add: number
  #last = 0
  #stored = 0

  constructor(update: StatementSync, add = 0) {
    this.#update = update
    this.#add = add
  }

  next(): number {
    return this.#add + ++this.#last
  }

  store(): void {
    if (this.#last === this.#stored) return
    this.#update.run(this.#last)
    this.#stored = this.#last
  }
}

/** The first partition of each channel: the limit needs no more. */
function partitionsOf(database: DatabaseSync): ReadonlyMap<string, Counter> {
  const rows = database
    .prepare(`select c.name, p.no from ew_channels c join ew_partitions p on p.channel = c.no where p.partition = 0`)
    .all() as { name: string; no: number }[]
  return new Map(
    rows.map(({ name, no }) => {
      const update = database.prepare(`update ew_partitions set next = ? where no = ${no}`)
      return [name, new Counter(update, no * 2 ** 38 - 1)]
    }),
  )
}
