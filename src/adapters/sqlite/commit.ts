import { failure } from '../../base/errors.ts'
import { Decision } from '../../ports/decision.ts'
import type { InboxRow, Outcome, SnapshotWrite, Unit } from '../../ports/unit-of-work.ts'
import { movedPosition } from '../sql/moved-position.ts'
import { parkWrites } from '../sql/park-writes.ts'
import { markSteps } from '../sql/streams.ts'
import type { SqliteConnection, SqliteStatement } from './driver.ts'
import { EventWrites } from './event-writes.ts'
import { isTakenId } from './faults.ts'
import { OutboxWrites } from './outbox-writes.ts'
import { runRecorded } from './recorded-sql.ts'
import { SagaWrites } from './saga-writes.ts'
import { headAccess, runSteps } from './statements.ts'
import { SqliteStoredState, type SqliteStream, type TableFinder } from './stored-state.ts'
import { writeTimers } from './timer-writes.ts'

/** Commits batches of units on one connection: read what they depend on, decide all of them, write the winners. */
export class UnitCommits {
  readonly #connection: SqliteConnection
  readonly #stored: SqliteStoredState
  readonly #events: EventWrites
  readonly #outbox: OutboxWrites
  readonly #sagas: SagaWrites
  readonly #addInbox: SqliteStatement
  readonly #setPosition: SqliteStatement
  readonly #setSnapshot: SqliteStatement

  constructor(connection: SqliteConnection, tables: TableFinder) {
    this.#connection = connection
    this.#stored = new SqliteStoredState(connection, tables)
    this.#events = new EventWrites(connection)
    this.#outbox = new OutboxWrites(connection)
    this.#sagas = new SagaWrites(connection)
    this.#addInbox = connection.prepare(
      'insert into ew_inbox (service, consumer, key, fingerprint, outcome, at) values (?, ?, ?, ?, ?, ?)',
    )
    this.#setPosition = connection.prepare(
      `update ew_ownership as m set ${movedPosition('x.target', 'x.now')}, until = x.now + x.ttl
       from (select ? as target, ? as now, ? as ttl) as x where m.consumer = ? and m.source = ? and m.bucket = ?`,
    )
    this.#setSnapshot = connection.prepare(
      'insert into ew_snapshots (identity, stream, version, state) values (?, ?, ?, ?) ' +
        'on conflict (identity, stream) do update set version = excluded.version, state = excluded.state',
    )
  }

  /** One transaction for all units. `locked` runs first, while no other process can commit. */
  commit(units: readonly Unit[], nowMs: number, locked: () => void): readonly Outcome[] {
    try {
      return this.#connection.transaction(() => {
        locked()
        return this.#decideAndWrite(units, nowMs)
      })
    } catch (error) {
      throw isTakenId(error) ? takenIds(units, error) : error
    }
  }

  #decideAndWrite(units: readonly Unit[], nowMs: number): readonly Outcome[] {
    this.#stored.begin(units)
    const decision = new Decision<SqliteStream>(this.#stored)
    const verdicts = units.map((unit) => decision.decide(unit))
    this.#events.begin(nowMs)
    this.#outbox.begin(nowMs)
    this.#sagas.begin(nowMs)
    const outcomes = verdicts.map((verdict, index): Outcome => {
      if (!verdict.ok) return verdict
      const unit = units[index]!
      const appends = this.#events.write(unit, verdict)
      if (unit.inbox !== undefined) this.#writeInbox(unit.inbox, nowMs)
      if (unit.parks !== undefined) runSteps(this.#connection, parkWrites(unit.parks, nowMs, headAccess))
      if (unit.snapshots !== undefined) this.#writeSnapshots(unit.snapshots)
      if (unit.outbox !== undefined) this.#outbox.write(unit.outbox)
      if (unit.sagas !== undefined) this.#sagas.writeRows(unit.sagas)
      if (unit.mail !== undefined) this.#sagas.writeMail(unit.mail)
      if (unit.mailUsed !== undefined) this.#sagas.useMail(unit.mailUsed)
      if (unit.timers !== undefined) this.#outbox.write(writeTimers(this.#connection, unit.timers))
      return { ok: true, appends }
    })
    this.#events.finish()
    this.#outbox.finish()
    this.#sagas.finish()
    for (const [table, writes] of decision.rows.written)
      this.#stored.table(table).write(this.#connection, writes.values())
    for (const state of decision.positions.values()) {
      if (state?.moved === undefined) continue
      const { consumer, source, bucket, ttlMs } = state.moved
      this.#setPosition.run(state.position, nowMs, ttlMs, consumer, source, bucket)
    }
    units.forEach(({ marks }, index) => {
      if (marks !== undefined && verdicts[index]!.ok) runSteps(this.#connection, markSteps(marks))
    })
    units.forEach(({ statements }, index) => {
      if (statements !== undefined && verdicts[index]!.ok) runRecorded(this.#connection, statements)
    })
    return outcomes
  }

  #writeInbox(rows: readonly InboxRow[], nowMs: number): void {
    for (const { service, consumer, key, fingerprint, outcome } of rows) {
      this.#addInbox.run(service, consumer, key, fingerprint, outcome, nowMs)
    }
  }

  #writeSnapshots(snapshots: readonly SnapshotWrite[]): void {
    for (const { identity, stream, version, state } of snapshots)
      this.#setSnapshot.run(identity, stream, version, state)
  }
}

/** True when a power cut may take the commit back: rows of views and positions are replayed from the log. */
export function isReplayable(units: readonly Unit[]): boolean {
  return units.every((unit) =>
    Object.entries(unit).every(
      ([section, content]) => replayable.has(section) || content === undefined || content.length === 0,
    ),
  )
}

const replayable: ReadonlySet<string> = new Set<keyof Unit>(['positions', 'rows'])

function takenIds(units: readonly Unit[], cause: unknown): Error {
  const ids = units.flatMap(({ appends = [] }) => appends.flatMap(({ events }) => events.map(({ id }) => id)))
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined) {
    return failure('EW_UNIT', `The event id ${repeated} occurs twice in one batch.`, { details: { id: repeated } })
  }
  return failure('EW_IDS_TAKEN', 'An event id of the batch is stored already.', { cause })
}
