import { failure } from '../base/errors.ts'
import { RowDecision, type StoredRows } from './row-decision.ts'
import type { SagaRow } from './sagas.ts'
import type { Partition } from './stored-event.ts'
import type { StreamMark, StreamStatus } from './streams.ts'
import type { Append, Expected, InboxRow, Loss, PositionMove, Unit } from './unit-of-work.ts'

/** A stream as the units of a batch leave it. Adapters may add what they need to write it. */
export interface StreamState {
  partition: Partition
  version: number
  status: StreamStatus
  /** The version before the batch. */
  readonly stored: number
}

/** A consumer's position as the units of a batch leave it. */
export interface PositionState {
  position: number
  readonly epoch: number
  /** The last move that won; undefined while the batch has not moved it. */
  moved?: PositionMove | undefined
}

/** What is stored, read synchronously and at most once for each key. An adapter of a remote database loads it first. */
export interface StoredState<S extends StreamState> extends StoredRows {
  /** The stream, or a new state with version 0. */
  stream(append: Append): S
  position(consumer: string, source: string, bucket: number): PositionState | undefined
  inbox(
    service: string,
    consumer: string,
    key: string,
  ): { readonly fingerprint: string; readonly outcome: string } | undefined
}

/** The unit wins: the stream of each append, and the version that it had before the append. */
export interface Won<S extends StreamState> {
  readonly ok: true
  readonly streams: readonly S[]
  readonly bases: readonly number[]
}

/**
 * The rule by which units win or lose, the same for every adapter. `decide` takes one unit after another inside one
 * transaction: later units see what earlier winners did, a loser leaves no trace. It only decides; the adapter writes.
 * Precedence: inbox, owner, conflict or closed, row, unique. A stream of the other partition is a conflict with
 * `current` -1.
 */
export class Decision<S extends StreamState> {
  /** Every stream that was looked at. */
  readonly streams: ReadonlyMap<string, S>
  /** Every position that was looked at and exists. */
  readonly positions: ReadonlyMap<string, PositionState | undefined>
  readonly rows: RowDecision
  readonly #stored: StoredState<S>
  readonly #streams = new Map<string, S>()
  readonly #positions = new Map<string, PositionState | undefined>()
  readonly #taken = new Map<string, InboxRow>()

  constructor(stored: StoredState<S>) {
    this.#stored = stored
    this.streams = this.#streams
    this.positions = this.#positions
    this.rows = new RowDecision(stored)
  }

  /** Decides the next unit. Throws EW_UNIT for one that could not be recognised when it is sent again. */
  decide(unit: Unit): Loss | Won<S> {
    checkUnit(unit)
    const { inbox = [], positions = [], appends = [] } = unit
    const inboxLoss = inbox.length > 0 ? this.#takeKeys(inbox) : undefined
    if (inboxLoss !== undefined) return inboxLoss
    const undo: (() => void)[] = []
    // Of their final length: an array that grows takes room for 17 at its first push, and this runs for every unit.
    const streams = new Array<S>(appends.length)
    const bases = new Array<number>(appends.length).fill(-1)
    const loss =
      (positions.length > 0 ? this.#move(positions, undo) : undefined) ??
      this.#append(appends, streams, bases) ??
      (unit.marks === undefined ? undefined : this.#mayMark(unit.marks)) ??
      (unit.rows === undefined ? undefined : this.rows.decide(unit.rows))
    if (loss === undefined) {
      for (const { stream, to } of unit.marks ?? []) this.#streams.get(stream)!.status = to
      return { ok: true, streams, bases }
    }
    for (let i = streams.length - 1; i >= 0; i--) if (bases[i]! >= 0) streams[i]!.version = bases[i]!
    for (const step of undo.reverse()) step()
    for (const row of inbox) this.#taken.delete(keyOf(row))
    return loss
  }

  #takeKeys(rows: readonly InboxRow[]): Loss | undefined {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as InboxRow
      const name = keyOf(row)
      const first = this.#taken.get(name) ?? this.#stored.inbox(row.service, row.consumer, row.key)
      if (first !== undefined) {
        for (const earlier of rows.slice(0, i)) this.#taken.delete(keyOf(earlier))
        return { ok: false, reason: 'inbox', key: row.key, fingerprint: first.fingerprint, outcome: first.outcome }
      }
      this.#taken.set(name, row)
    }
    return undefined
  }

  #move(moves: readonly PositionMove[], undo: (() => void)[]): Loss | undefined {
    for (const move of moves) {
      const { consumer, source, bucket } = move
      const name = `${bucket}\0${consumer}\0${source}`
      if (!this.#positions.has(name)) this.#positions.set(name, this.#stored.position(consumer, source, bucket))
      const state = this.#positions.get(name)
      if (state === undefined || state.epoch !== move.epoch || state.position !== move.from) {
        return { ok: false, reason: 'owner', consumer, bucket, position: state?.position ?? -1 }
      }
      const { position, moved } = state
      undo.push(() => {
        state.position = position
        state.moved = moved
      })
      state.position = move.to
      state.moved = move
    }
    return undefined
  }

  #append(appends: readonly Append[], streams: S[], bases: number[]): Loss | undefined {
    for (let i = 0; i < appends.length; i++) {
      const append = appends[i]!
      let state = this.#streams.get(append.stream)
      if (state === undefined) this.#streams.set(append.stream, (state = this.#stored.stream(append)))
      const current = state.version
      const elsewhere = current > 0 && state.partition !== append.partition
      const { status } = state
      if (status !== 'open' && !elsewhere && (status === 'deleted' || append.events.length > 0))
        return { ok: false, reason: 'closed', stream: append.stream, status }
      if (elsewhere || !meets(append.expected, current)) {
        return { ok: false, reason: 'conflict', stream: append.stream, current: elsewhere ? -1 : current }
      }
      state.partition = append.partition
      streams[i] = state
      bases[i] = current
      state.version = current + append.events.length
    }
    return undefined
  }

  /** The appends of the unit have looked at every stream that it marks. */
  #mayMark(marks: readonly StreamMark[]): Loss | undefined {
    for (const { stream, from } of marks) {
      const { status, version } = this.#streams.get(stream)!
      if (version === 0) return { ok: false, reason: 'conflict', stream, current: 0 }
      if (status !== from) return { ok: false, reason: 'closed', stream, status }
    }
    return undefined
  }
}

/** Whether a stream with that version is what was expected. */
export function meets(expected: Expected, version: number): boolean {
  switch (expected) {
    case 'any':
      return true
    case 'noStream':
      return version === 0
    case 'streamExists':
      return version > 0
    default:
      return version === expected
  }
}

/**
 * Refuses by EW_UNIT a unit that could not be recognised when it comes again, or whose row of a saga or mark of a
 * stream nothing fences.
 */
export function checkUnit({ appends = [], inbox = [], positions = [], sagas, marks }: Unit): void {
  if (sagas !== undefined) checkSagas(sagas, appends)
  if (marks !== undefined) checkMarks(marks, appends)
  if (inbox.length > 0 || positions.length > 0 || appends.some((append) => append.events.length > 0)) return
  throw failure(
    'EW_UNIT',
    'A unit of work has neither an event nor an inbox row nor a position, so a repeat could not be recognised.',
  )
}

/** Without the append nothing would fence the row: an owner that was replaced could overwrite it. */
function checkSagas(sagas: readonly SagaRow[], appends: readonly Append[]): void {
  for (const { id } of sagas) {
    if (appends.some(({ stream }) => stream === id)) continue
    throw failure('EW_UNIT', `A unit of work holds the row of the saga ${id} and no append to its stream.`, {
      details: { id },
    })
  }
}

function checkMarks(marks: readonly StreamMark[], appends: readonly Append[]): void {
  for (const { stream } of marks) {
    const times = marks.filter((mark) => mark.stream === stream).length
    if (times === 1 && appends.some((append) => append.stream === stream)) continue
    const what = times > 1 ? 'more than one mark' : 'a mark and no append'
    throw failure('EW_UNIT', `A unit of work holds ${what} for the stream ${stream}.`, { details: { stream } })
  }
}

function keyOf({ service, consumer, key }: InboxRow): string {
  return `${service}\0${consumer}\0${key}`
}
