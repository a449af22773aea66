import type { Won } from '../../ports/decision.ts'
import type { Partition } from '../../ports/stored-event.ts'
import type { Append, Appended, Unit } from '../../ports/unit-of-work.ts'
import { BulkInsert } from './bulk-insert.ts'
import type { SqliteConnection, SqliteStatement } from './driver.ts'
import { bytesOfId } from './event-id.ts'
import { partitionOffset } from './schema.ts'
import type { SqliteStream } from './stored-state.ts'

const eventColumns = [
  'seq',
  'no',
  'version',
  'id',
  'type',
  'schema_version',
  'occurred_at',
  'recorded_at',
  'checksum',
  'data',
  'meta',
] as const

/** Writes events and streams. One batch at a time: `begin`, then `write` for each winner, then `finish`. */
export class EventWrites {
  readonly #head: SqliteStatement
  readonly #setHead: SqliteStatement
  readonly #lastStream: SqliteStatement
  readonly #newStreams: BulkInsert
  readonly #setStream: SqliteStatement
  readonly #newEvents: BulkInsert
  readonly #position: SqliteStatement
  readonly #heads: [number, number] = [-1, -1]
  readonly #stored: [number, number] = [-1, -1]
  #written = new Set<SqliteStream>()
  #nextStream = 0
  #nowMs = 0

  constructor(connection: SqliteConnection) {
    this.#head = connection.prepare('select position from ew_head where part = ?')
    this.#setHead = connection.prepare('update ew_head set position = ? where part = ?')
    this.#lastStream = connection.prepare('select coalesce(max(no), 0) from ew_streams')
    this.#newStreams = new BulkInsert(connection, 'ew_streams', ['no', 'stream', 'part', 'hash', 'version'])
    this.#setStream = connection.prepare('update ew_streams set version = ? where no = ?')
    this.#newEvents = new BulkInsert(connection, 'ew_events', eventColumns)
    this.#position = connection.prepare('select seq from ew_events where no = ? and version = ?')
  }

  begin(nowMs: number): void {
    this.#nowMs = nowMs
    this.#newStreams.discard()
    this.#newEvents.discard()
    this.#written = new Set()
    this.#nextStream = 0
    this.#heads[0] = this.#heads[1] = this.#stored[0] = this.#stored[1] = -1
  }

  write({ appends = [] }: Unit, { streams, bases }: Won<SqliteStream>): readonly Appended[] {
    return appends.map((append, index) => this.#append(append, streams[index]!, bases[index]!))
  }

  finish(): void {
    this.#newStreams.flush()
    this.#newEvents.flush()
    for (const partition of [0, 1] as const) {
      if (this.#heads[partition] !== this.#stored[partition]) this.#setHead.run(this.#heads[partition], partition)
    }
  }

  #append({ stream, hash, partition, events }: Append, state: SqliteStream, base: number): Appended {
    if (events.length === 0) return { version: base, position: this.#positionOf(state, base) }
    if (!this.#written.has(state)) {
      this.#written.add(state)
      // Decisions are over, so the version is the one after the whole batch and the row is written once.
      if (state.no === 0)
        this.#newStreams.add([(state.no = this.#newStreamNo()), stream, partition, hash, state.version])
      else this.#setStream.run(state.version, state.no)
    }
    const offset = partition * partitionOffset
    let position = this.#headOf(partition)
    let version = base
    for (const event of events) {
      this.#newEvents.add([
        offset + ++position,
        state.no,
        ++version,
        bytesOfId(event.id),
        event.type,
        event.schemaVersion,
        event.occurredAtMs,
        this.#nowMs,
        event.checksum,
        event.data,
        event.meta,
      ])
    }
    this.#heads[partition] = position
    return { version, position }
  }

  #headOf(partition: Partition): number {
    if (this.#heads[partition] < 0) {
      this.#heads[partition] = this.#stored[partition] = this.#head.get(partition)?.[0] as number
    }
    return this.#heads[partition]
  }

  #newStreamNo(): number {
    if (this.#nextStream === 0) this.#nextStream = this.#lastStream.get()?.[0] as number
    return ++this.#nextStream
  }

  #positionOf({ no, partition }: SqliteStream, version: number): number {
    if (version === 0) return 0
    this.#newEvents.flush()
    return (this.#position.get(no, version)?.[0] as number) - partition * partitionOffset
  }
}
