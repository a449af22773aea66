import { failure } from '../../base/errors.ts'
import type { RowEntry, RowTable } from '../../base/row-table.ts'
import { Decision, type PositionState, type StoredState, type StreamState, type Won } from '../../ports/decision.ts'
import { movedTo } from '../../ports/ownership.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { Append, Appended, Outcome, Placed, Unit } from '../../ports/unit-of-work.ts'
import type { RowWrite } from '../../ports/views.ts'
import { nameOf, type MemoryData, type MemoryTable } from './data.ts'
import { writePark } from './park-writes.ts'
import { copyOfRow, tableNamed } from './views.ts'

/** Decides all units, then writes the winners; whatever is refused is refused before the first write. */
export function commitUnits(data: MemoryData, units: readonly Unit[], nowMs: number): readonly Outcome[] {
  if (units.some((unit) => unit.statements !== undefined && unit.statements.length > 0)) {
    throw failure('EW_SQL_UNSUPPORTED', 'A unit of work holds recorded SQL, and this store is in memory.')
  }
  const decision = new Decision(storedState(data))
  const verdicts = units.map((unit) => decision.decide(unit))
  refuseKnownIds(data, units, verdicts)
  const rows = [...decision.rows.written].map(([table, writes]) => copied(tableNamed(data, table), writes.values()))
  const outcomes = units.map((unit, index) => {
    const verdict = verdicts[index]!
    return verdict.ok ? write(data, unit, verdict, nowMs) : verdict
  })
  for (const { table, entries, gone } of rows) {
    for (const entry of entries) table.set(entry)
    for (const key of gone) table.delete(key)
  }
  for (const [name, state] of decision.positions) {
    if (state?.moved === undefined) continue
    const stored = data.ownership.get(name)!
    Object.assign(stored, movedTo(stored, state.position, nowMs), { untilMs: nowMs + state.moved.ttlMs })
  }
  return outcomes
}

interface RowChanges {
  readonly table: RowTable
  readonly entries: readonly RowEntry[]
  readonly gone: readonly string[]
}

/** Copies made before the first write, since a row that cannot be copied must refuse the batch. */
function copied({ spec, rows }: MemoryTable, writes: Iterable<RowWrite>): RowChanges {
  const entries: RowEntry[] = []
  const gone: string[] = []
  for (const { key, row, applied, tombstone } of writes) {
    if (row === undefined && tombstone !== true) gone.push(key)
    else entries.push({ key, row: row && copyOfRow(spec, row), applied })
  }
  return { table: rows, entries, gone }
}

function storedState(data: MemoryData): StoredState<StreamState> {
  return {
    stream: ({ stream, partition }) => {
      const known = data.streams.get(stream)
      const version = known?.events.length ?? 0
      return { partition: known?.partition ?? partition, version, status: known?.status ?? 'open', stored: version }
    },
    position: (consumer, source, bucket): PositionState | undefined => {
      const row = data.ownership.get(nameOf(bucket, consumer, source))
      return row && { position: row.position, epoch: row.epoch }
    },
    inbox: (service, consumer, key) => data.inbox.get(nameOf(service, consumer, key)),
    unique: (table) => tableNamed(data, table).spec.unique,
    row: (table, key) => tableNamed(data, table).rows.get(key),
    holder: (table, columns, row) => tableNamed(data, table).rows.holder(columns, row),
  }
}

/** The same id in two winners, or one that is stored already. Losers write nothing, so theirs do not count. */
function refuseKnownIds(data: MemoryData, units: readonly Unit[], verdicts: readonly { readonly ok: boolean }[]): void {
  const ids = new Set<string>()
  units.forEach((unit, index) => {
    if (verdicts[index]?.ok !== true) return
    for (const { events } of unit.appends ?? []) {
      for (const { id } of events) {
        if (data.byId.has(id))
          throw failure('EW_IDS_TAKEN', `The event id ${id} is stored already.`, { details: { id } })
        if (ids.has(id)) throw failure('EW_UNIT', `The event id ${id} occurs twice in one batch.`, { details: { id } })
        ids.add(id)
      }
    }
  })
}

function write(data: MemoryData, unit: Unit, won: Won<StreamState>, nowMs: number): Outcome {
  const appends = (unit.appends ?? []).map((append, index) => writeEvents(data, append, won.bases[index]!, nowMs))
  for (const { service, consumer, key, fingerprint, outcome } of unit.inbox ?? []) {
    data.inbox.set(nameOf(service, consumer, key), { fingerprint, outcome, atMs: nowMs })
  }
  for (const park of unit.parks ?? []) writePark(data, park, nowMs)
  for (const { stream, to } of unit.marks ?? []) data.streams.get(stream)!.status = to
  for (const { stream, identity, version, state } of unit.snapshots ?? []) {
    const ofIdentity = data.snapshots.get(identity) ?? new Map<string, { version: number; state: string }>()
    data.snapshots.set(identity, ofIdentity.set(stream, { version, state }))
  }
  const sentAfter = data.outbox.head
  if (unit.outbox !== undefined) data.outbox.write(unit.outbox, nowMs)
  if (unit.sagas !== undefined) data.sagas.write(unit.sagas)
  const mailed = unit.mail === undefined ? undefined : data.sagas.mail.add(unit.mail, nowMs)
  if (unit.mailUsed !== undefined) data.sagas.mail.use(unit.mailUsed)
  const fired = new Set(unit.timers === undefined ? [] : data.timers.write(unit.timers))
  data.outbox.write([...fired], nowMs)
  const sent = sentOf(unit, fired, sentAfter, nowMs)
  return { ok: true, appends, ...(sent !== undefined && { sent }), ...(mailed !== undefined && { mailed }) }
}

function sentOf(
  { outbox = [], timers = [] }: Unit,
  fired: ReadonlySet<OutboxMessage>,
  after: number,
  atMs: number,
): Placed | undefined {
  let to = after
  const places = outbox.map((): number | null => ++to)
  for (const timer of timers) if (timer.kind === 'fire') places.push(fired.has(timer.message) ? ++to : null)
  return places.length === 0 ? undefined : { after, to, places, atMs }
}

function writeEvents(data: MemoryData, append: Append, base: number, nowMs: number): Appended {
  const { stream, partition, events } = append
  const log = data.events[partition]
  let target = data.streams.get(stream)
  if (target === undefined && events.length > 0) {
    data.streams.set(stream, (target = { stream, partition, status: 'open', events: [] }))
    data.streamNames.add(stream)
  }
  events.forEach((event, index) => {
    const stored: StoredEvent = Object.freeze({
      id: event.id,
      type: event.type,
      schemaVersion: event.schemaVersion,
      occurredAtMs: event.occurredAtMs,
      data: event.data,
      meta: event.meta,
      checksum: event.checksum,
      stream,
      version: base + index + 1,
      partition,
      position: log.length + 1,
      recordedAtMs: nowMs,
      deleted: false,
    })
    log.push(stored)
    target!.events.push(stored)
    data.byId.set(event.id, stored)
  })
  const last = target?.events.at(-1)
  return { version: last?.version ?? 0, position: last?.position ?? 0 }
}
