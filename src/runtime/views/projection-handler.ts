import type { Clock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Statement, Unit } from '../../ports/unit-of-work.ts'
import type { ApartRows, ApartWrite, Row, RowWrite, StoredRow, TableSpec } from '../../ports/views.ts'
import type { Handler } from '../loop/handler.ts'
import { keyedHandler, type KeyedHandlerOptions } from '../parking/keyed-handler.ts'
import { KeyedRunner, type KeyedEvent, type RetryPolicy } from '../parking/keyed-run.ts'
import type { Delivery } from '../loop/delivery.ts'
import { foldRow, keysOf } from './row-folding.ts'
import type { RowTables } from './row-tables.ts'

/** What feeding one generation of a view needs. */
export interface ProjectionOptions extends KeyedHandlerOptions {
  readonly projection: AnyProjection
  readonly table: TableSpec
  readonly tables: RowTables
  /** What writes its rows where they are apart from the store; else they commit with the position. */
  readonly apart?: ApartRows | undefined
  /** Whether its events come in the order of the log, so that the position of a row says which it has applied. */
  readonly inLogOrder: boolean
  readonly clock: Clock
  readonly stuckAfter: number
}

const retry: RetryPolicy = { maxAttempts: 3, firstMs: 20, factor: 5, maxMs: 500, jitter: 0.5 }
const rememberedRows = 20_000
const apartTries = 20

/**
 * Folds pages of events into rows: each dirty key is read and written once a page. An async view has one writer per
 * key, so its rows are remembered between pages; rows of an inline view are also written by commands, so they are read
 * afresh, only events above the applied version count, and the write is guarded. Rows apart from the store are written
 * before the position moves: only events above what they have applied count, and each must be the one that was read.
 * An event that was parked without a key and has one now may have come to some of its rows by itself, where their
 * buckets were behind; what a row has applied tells.
 */
export function projectionHandler(options: ProjectionOptions): Handler {
  const { projection, clock, stuckAfter } = options
  const inline = projection.mode === 'inline'
  const isApart = options.apart !== undefined
  const types = new Set(projection.from.map((event) => event.type))
  const runner = new KeyedRunner()
  const remembered = new Map<string, StoredRow>()
  let lastPage: RowPage | undefined

  const foldOnce = async (entries: readonly KeyedEvent[], signal: AbortSignal, isReplay: boolean) => {
    const rows = await loadRows(options, inline ? undefined : remembered, entries)
    const page = new RowPage(options, inline, isReplay, rows)
    const apply = (key: string, event: Delivery): void => page.apply(key, event)
    const limits = { retry, concurrency: 1, stuckAfter: isReplay ? Infinity : stuckAfter, clock, signal }
    const failed = await runner.run(entries, { ...limits, apply })
    return { page, failed }
  }
  const fold = async (entries: readonly KeyedEvent[], signal: AbortSignal, isReplay: boolean) => {
    for (let tries = 0; ; tries++) {
      const folded = await foldOnce(entries, signal, isReplay)
      if (options.apart === undefined) return folded
      signal.throwIfAborted()
      const changed = await options.apart.write(options.table.name, folded.page.apart())
      if (changed.length === 0) return folded
      remembered.clear()
      if (tries >= apartTries) throw changedAgain(projection, changed)
    }
  }

  return keyedHandler(options, {
    handlers: fingerprint(`${projection.identity} ${projection.textHash()}`),
    entriesOf(events) {
      const entries: KeyedEvent[] = []
      for (const event of events) {
        if (event.fault !== undefined) entries.push({ key: event.key, event })
        else if (types.has(event.type)) for (const key of keysOrStream(projection, event)) entries.push({ key, event })
      }
      return entries
    },
    async run(_bundle, entries, signal) {
      const { page, failed } = await fold(entries, signal, false)
      lastPage = page
      return { unit: page.unit(), failed }
    },
    async replay(_bundle, entries, signal) {
      remembered.clear()
      // Behind what their rows have applied they cannot come in apart from the store: they fail again.
      const now = isApart ? entries : entries.flatMap((entry) => withRealKeys(projection, entry))
      const { page, failed } = await fold(now, signal, true)
      if (isApart || failed.length === 0 || !entries.some((entry) => isElsewhere(projection, entry)))
        return { unit: page.unit(), failed }
      // Several keys stand behind the parked one: what they did behind the failure is replayed together with it.
      const failedAt = Math.min(...failed.map(({ event }) => event.position))
      const before = now.filter(({ event }) => event.position < failedAt)
      return { unit: (await fold(before, signal, true)).page.unit(), failed }
    },
    keysNow: (entry) => (isApart ? [entry] : withRealKeys(projection, entry)).map(({ key }) => key),
    refused(keys, refusal) {
      lastPage = undefined
      runner.refused(keys, refusal, stuckAfter)
    },
    committed() {
      runner.committed()
      if (!inline && lastPage !== undefined) remember(remembered, lastPage.rows())
    },
    reset: () => remembered.clear(),
  })
}

/** An event whose key cannot be computed is worked on, and parked, under the name of its stream. */
function keysOrStream(projection: AnyProjection, event: Delivery): readonly string[] {
  try {
    return keysOf(projection, event)
  } catch (error) {
    if (isEventwrightError(error, 'EW_EVENT_NEWER')) throw error
    return [event.meta.stream]
  }
}

/** After a mended `key`, an event that was parked under its stream goes to the rows that it was meant for. */
function withRealKeys(projection: AnyProjection, entry: KeyedEvent): readonly KeyedEvent[] {
  if (entry.key !== entry.event.meta.stream) return [entry]
  return keysOrStream(projection, entry.event).map((key) => ({ key, event: entry.event }))
}

function isElsewhere(projection: AnyProjection, entry: KeyedEvent): boolean {
  return withRealKeys(projection, entry).some(({ key }) => key !== entry.key)
}

async function loadRows(
  options: ProjectionOptions,
  remembered: ReadonlyMap<string, StoredRow> | undefined,
  entries: readonly KeyedEvent[],
): Promise<Map<string, StoredRow>> {
  const rows = new Map<string, StoredRow>()
  const missing: string[] = []
  for (const { key } of entries) {
    if (rows.has(key)) continue
    const known = remembered?.get(key)
    if (known === undefined) missing.push(key)
    rows.set(key, known ?? { key, row: undefined, applied: 0 })
  }
  if (missing.length > 0) for (const row of await options.tables.get(options.table, missing)) rows.set(row.key, row)
  return rows
}

function remember(remembered: Map<string, StoredRow>, rows: readonly StoredRow[]): void {
  for (const row of rows) {
    remembered.delete(row.key)
    remembered.set(row.key, row)
  }
  for (const key of remembered.keys()) {
    if (remembered.size <= rememberedRows) break
    remembered.delete(key)
  }
}

function tooLate({ name }: AnyProjection, keys: readonly string[]): Error {
  return failure(
    'EW_VIEW_REPLAY',
    `The event is of the rows ${keys.join(', ')} now, which may have applied later ones: rebuild the view ${name}, or ` +
      'discard the event here and rebuild those rows.',
    { details: { view: name, keys } },
  )
}

function noStatements({ name }: AnyProjection): Error {
  return failure(
    'EW_SQL_UNSUPPORTED',
    `The rows of the view ${name} are apart from the store, so SQL cannot commit with them.`,
    { details: { view: name } },
  )
}

interface DirtyRow {
  readonly row: Row | undefined
  readonly applied: number
  readonly purge?: true
}

function changedAgain({ name }: AnyProjection, keys: readonly string[]): Error {
  return failure('EW_CONCURRENCY', `Others wrote rows of the view ${name} during every attempt: ${keys[0]!}`, {
    details: { view: name, keys },
  })
}

/** The rows of one page while its events are applied. */
class RowPage {
  readonly #options: ProjectionOptions
  readonly #inline: boolean
  readonly #isReplay: boolean
  readonly #before: ReadonlyMap<string, StoredRow>
  readonly #dirty = new Map<string, DirtyRow>()
  readonly #statements: { position: number; statement: Statement }[] = []

  constructor(options: ProjectionOptions, inline: boolean, isReplay: boolean, before: ReadonlyMap<string, StoredRow>) {
    this.#options = options
    this.#inline = inline
    this.#isReplay = isReplay
    this.#before = before
  }

  apply(key: string, event: Delivery): void {
    if (event.fault !== undefined) throw event.fault
    const { projection } = this.#options
    const current: DirtyRow = this.#dirty.get(key) ?? this.#before.get(key) ?? { row: undefined, applied: 0 }
    const mark = this.#inline ? event.meta.version : event.position
    if (this.#inline && mark <= current.applied) return this.#purge(key, mark, current)
    // Throws again what keysOrStream has passed over, so that the event is parked with its real reason.
    const keys = key === event.meta.stream ? keysOf(projection, event) : [key]
    if (this.#options.apart !== undefined) {
      if (!keys.includes(key)) throw tooLate(projection, keys)
      if (mark <= current.applied) return
    } else if (this.#hasApplied(mark, current)) {
      if (this.#isReplay && mark < current.applied) throw tooLate(projection, keys)
      return
    }
    const statements: Statement[] = []
    const row = foldRow(projection, key, current.row, event, statements)
    if (this.#options.apart !== undefined && statements.length > 0) throw noStatements(projection)
    this.#dirty.set(key, { row, applied: mark })
    for (const statement of statements) this.#statements.push({ position: event.position, statement })
  }

  #hasApplied(position: number, { applied }: DirtyRow): boolean {
    return this.#options.inLogOrder && !this.#inline && position <= applied
  }

  rows(): StoredRow[] {
    return [...this.#dirty].map(([key, { row, applied }]) => {
      const revision = this.#before.get(key)?.revision ?? 0
      return { key, row, applied, ...(this.#options.apart !== undefined && { revision: revision + 1 }) }
    })
  }

  /** What is written before the position moves. */
  apart(): ApartWrite[] {
    return [...this.#dirty].map(([key, { row, applied }]) => {
      const revision = this.#before.get(key)?.revision ?? 0
      return { key, row: row && this.#options.tables.stored(row), applied, revision }
    })
  }

  /** What commits with the position. */
  unit(): Pick<Unit, 'rows' | 'statements'> {
    if (this.#options.apart !== undefined) return {}
    return { rows: this.#writes(), statements: this.#inLogOrder() }
  }

  #writes(): RowWrite[] {
    return [...this.#dirty].map(([key, { row, applied, purge }]) => ({
      table: this.#options.table.name,
      key,
      applied,
      row: row && this.#options.tables.stored(row),
      ...(this.#inline && { tombstone: purge !== true, guard: this.#before.get(key)?.applied ?? 0 }),
    }))
  }

  /** The tombstone of a deleted inline row has done its duty once the log has come to the event that deleted it. */
  #purge(key: string, mark: number, current: DirtyRow): void {
    if (current.row === undefined && mark === current.applied)
      this.#dirty.set(key, { row: undefined, applied: mark, purge: true })
  }

  /** In the order of the log, whatever the order in which keys were worked on. */
  #inLogOrder(): Statement[] {
    return this.#statements.sort((a, b) => a.position - b.position).map((each) => each.statement)
  }
}
