import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { streamHash } from '../../base/hash.ts'
import type { Graph } from '../../design/graph.ts'
import { viewChannelOf } from '../../design/view-channel.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import type { Append, Unit } from '../../ports/unit-of-work.ts'
import type { ApartRows, RowWrite, StoredRow } from '../../ports/views.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { offer } from '../loop/offer.ts'
import { bucketRow, takenMs, withBucketOf } from './bucket-taking.ts'
import { keyReplay, type KeyReplay } from './key-replay.ts'
import type { RowRules } from './checked-key.ts'
import { parkedNames } from './parked-names.ts'
import { sameRow } from './row-difference.ts'
import { rowTables } from './row-tables.ts'
import { generationInUse, tableOf, viewConsumer } from './table.ts'

/** What rebuilding a key needs. */
export interface RebuildKeyOptions {
  readonly graph: Graph
  readonly store: Store
  readonly commit: CommitQueue['commit']
  readonly clock: Clock
  /** Told how far the log is read, again and again. */
  onProgress?(position: number, of: number): void
  readonly signal?: AbortSignal
}

/** What became of a row. */
export interface RebuiltKey {
  readonly generation: number
  /** Whether the row was not what its events give. */
  readonly changed: boolean
  /** Whether there is a row now. */
  readonly exists: boolean
  /** How many events were applied to make it. */
  readonly events: number
}

/** The row to be made anew. */
interface Target extends RowRules {
  readonly key: string
  readonly consumer: string
  readonly generation: number
}

const mostTries = 20
/** What may be read while the bucket is taken from its owner. */
const shortEvents = 2_000
const stillLooks = 5
const stillMs = 50

/**
 * Makes one row anew from its events, while commands and projections go on: it is written where it stands, or taken
 * away where its events give none, and neither misses an event nor has one twice. Until it is written nothing has
 * changed. SQL that handlers record is not run.
 *
 * Errors: EW_VIEW_UNKNOWN, also for live views, for those that a channel feeds and where this release has no rows;
 * EW_KEY_PARKED; EW_VIEW_REPLAY when a handler fails; EW_UNIQUE when another row has its unique values; EW_CONCURRENCY
 * and EW_OWNERSHIP_LOST when others are always first.
 */
export async function rebuildKey(view: string, key: string, options: RebuildKeyOptions): Promise<RebuiltKey> {
  const { store } = options
  const target = await targetOf(view, key, options)
  const { consumer, projection, generation } = target
  await assertFlows(target, store, new Set())
  const replay = keyReplay(projection, key, options)
  let changed = false
  for (let tries = 0; tries < mostTries; tries++) {
    options.signal?.throwIfAborted()
    await readAhead(target, replay, options)
    const done = await withBucketOf(store, options.clock, consumer, key, (held) => mend(target, replay, held, options))
    if (done === 'again') continue
    changed ||= done === 'written'
    if (done === 'written' && projection.mode === 'inline' && !(await staysRight(target, replay, options))) continue
    return { generation, changed, exists: replay.row !== undefined, events: replay.events }
  }
  throw failure('EW_CONCURRENCY', `The row ${key} of the view ${view} changed during every attempt to make it anew.`)
}

async function targetOf(view: string, key: string, { graph, store }: RebuildKeyOptions): Promise<Target> {
  const projection = graph.projections.get(view)?.definition
  if (projection === undefined) throw failure('EW_VIEW_UNKNOWN', `The system has no view "${view}".`)
  const fed = viewChannelOf(graph, view)
  if (fed !== undefined)
    throw failure('EW_VIEW_UNKNOWN', `The view ${view} has its events from the service ${fed.owner}: rebuild it whole.`)
  if (projection.mode === 'live')
    throw failure('EW_VIEW_UNKNOWN', `The view ${view} is live: it is built anew whenever a process starts.`)
  const build = generationInUse(await store.builds.list(view), projection.identity)
  if (build === undefined)
    throw failure('EW_VIEW_UNKNOWN', `The store has no rows of the view ${view} that are those of this release.`)
  const { generation } = build
  const table = tableOf(projection, generation)
  const consumer = viewConsumer(view, generation)
  // A generation that is going has no position any more, and its table must not come back.
  if ((await bucketRow(store, consumer, key)) === undefined) throw gone(view)
  await store.views.ensure(table)
  const { stored } = rowTables(projection, store.views)
  return { projection, table, stored, key, consumer, generation }
}

/** Most of the log is read before the bucket is taken. */
async function readAhead({ consumer, key, projection }: Target, replay: KeyReplay, { store }: RebuildKeyOptions) {
  for (;;) {
    const row = await bucketRow(store, consumer, key)
    if (row === undefined) throw gone(projection.name)
    if (projection.mode !== 'inline' && row.position < replay.position) replay.begin()
    const before = replay.position
    await replay.advance(row.position)
    if (replay.position - before < shortEvents) return
  }
}

/** Compares the row with its replay while its bucket stands still, and writes it where they differ. */
async function mend(
  target: Target,
  replay: KeyReplay,
  held: OwnershipRow,
  { store, commit }: RebuildKeyOptions,
): Promise<'right' | 'written' | 'again'> {
  const { table, stored, key, projection } = target
  const apart = store.views.apart?.has(table.name) === true ? store.views.apart : undefined
  // A crash of the server has taken the position back.
  if (projection.mode !== 'inline' && held.position < replay.position) {
    replay.begin()
    return 'again'
  }
  if (held.position - replay.position > shortEvents && projection.mode !== 'inline') return 'again'
  let isClosed = false
  for (let tries = 0; tries < mostTries; tries++) {
    await replay.advance(held.position)
    await assertFlows(target, store, replay.streams)
    const [before] = await store.views.get(table, [key])
    // Rows apart from the store are written before the position moves, which then may never have done so.
    if (apart && before !== undefined) await replay.advance(Math.max(held.position, before.applied))
    const row = replay.row && stored(replay.row)
    if (apart && !(await writeApart(target, replay, before, apart))) continue
    const unit = unitOf(target, replay, held, before, isClosed)
    const { outcome, refusal } = await offer(() => commit(apart ? { positions: unit.positions! } : unit))
    if (refusal !== undefined) throw refusal
    if (outcome.ok)
      return sameRow(table.columns, before?.row, row) && isApplied(target, replay, before) ? 'right' : 'written'
    if (outcome.reason === 'owner') return 'again'
    isClosed ||= outcome.reason === 'closed'
  }
  return 'again'
}

/** Answers false when the row is not the one that was read any more. */
async function writeApart(
  { table, key, stored }: Target,
  replay: KeyReplay,
  before: StoredRow | undefined,
  apart: ApartRows,
): Promise<boolean> {
  const row = replay.row && stored(replay.row)
  const isRight = sameRow(table.columns, before?.row, row) && replay.applied === (before?.applied ?? 0)
  if (isRight) return true
  const applied = Math.max(replay.applied, before?.applied ?? 0)
  return (await apart.write(table.name, [{ key, row, applied, revision: before?.revision ?? 0 }])).length === 0
}

/** The stream of an inline row has to be as it was read; one that was deleted does not change any more. */
function unitOf(
  target: Target,
  replay: KeyReplay,
  held: OwnershipRow,
  before: StoredRow | undefined,
  isClosed: boolean,
): Unit {
  const { consumer, source, bucket, epoch, position } = held
  const positions = [{ consumer, source, bucket, epoch, from: position, to: position, ttlMs: takenMs }]
  const rows = [rowWrite(target, replay, held, before)]
  const isFree = replay.stream === undefined || isClosed
  return isFree ? { positions, rows } : { positions, rows, appends: [unchanged(replay.stream!)] }
}

/** Commands write rows of inline views with the version that they have read, so that must still be the stream's. */
function unchanged({ name, version }: NonNullable<KeyReplay['stream']>): Append {
  return { stream: name, hash: streamHash(name), partition: 0, expected: version, events: [] }
}

function rowWrite(target: Target, replay: KeyReplay, held: OwnershipRow, before: StoredRow | undefined): RowWrite {
  const { table, key, stored, projection } = target
  const row = replay.row && stored(replay.row)
  if (projection.mode !== 'inline') return { table: table.name, key, row, applied: replay.applied }
  // The log has still to come by the event that deleted it: it must find that it is applied.
  const tombstone = replay.position > held.position
  return { table: table.name, key, row, applied: replay.applied, tombstone, guard: before?.applied ?? 0 }
}

/** What an inline row says it has applied decides which event is its next. */
function isApplied({ projection }: Target, replay: KeyReplay, before: StoredRow | undefined): boolean {
  if (projection.mode !== 'inline' || before === undefined) return true
  return before.applied === replay.applied
}

/**
 * A command may have read the wrong row before and commit after: then its row is wrong as well. Such commands expect
 * the version that the stream had, so there are none left when it has gone on; where it stands still nothing is under
 * way but what sleeps. Answers false when the row has to be made again.
 */
async function staysRight(target: Target, replay: KeyReplay, { store, clock }: RebuildKeyOptions): Promise<boolean> {
  const { table, key, stored } = target
  const written = replay.stream!
  for (let look = 0; look < stillLooks; look++) {
    await clock.sleep(stillMs)
    const version = await store.log.version(written.name)
    const [found] = await store.views.get(table, [key])
    const then = await replay.at(found?.applied ?? version)
    if (!sameRow(table.columns, found?.row, then && stored(then))) return false
    if (version > written.version) return true
  }
  return true
}

/**
 * What is parked of a key would come to a row that has it already. What was discarded is not coming any more: made
 * anew, the row has it as well, if it can be applied.
 */
async function assertFlows(
  { consumer, key, projection }: Target,
  { parked }: Store,
  streams: ReadonlySet<string>,
): Promise<void> {
  const names = await parkedNames(parked, consumer)
  const found = names.has(key) ? key : [...names].find((name) => streams.has(name))
  if (found === undefined) return
  throw failure('EW_KEY_PARKED', `The key ${key} of the view ${projection.name} is parked.`, {
    details: { consumer, key: found },
  })
}

function gone(view: string): Error {
  return failure('EW_VIEW_UNKNOWN', `The rows of the view ${view} that this release had are gone.`)
}
