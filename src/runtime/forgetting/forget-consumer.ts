import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { isStorable, quoted } from '../../base/text.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import { belongsTo } from '../lag/declared.ts'
import { fedBy, tableName } from '../views/table.ts'
import { operatorEvent } from './operator-event.ts'
import { liveRows } from './stored-consumers.ts'

/** Who has a consumer forgotten, why, and what else goes with it. */
export interface ForgetOrder {
  readonly who: string
  readonly why: string
  /** Also what is parked by it. */
  readonly withDeadLetters?: boolean
  /** Also the rows of the generation of a view that it feeds. */
  readonly withRows?: boolean
}

/** What is gone. */
export interface ForgottenConsumer {
  readonly consumer: string
  readonly buckets: number
  /** Between which positions they stood; null where it had none. */
  readonly first: number | null
  readonly last: number | null
  readonly parkedKeys: number
  /** The table of the view that it fed; null where it fed none, or another view has the table now. */
  readonly table: string | null
}

/** Orders about what a store has of consumers. */
export interface ConsumerOrders {
  /**
   * Deletes what a store has of a consumer that no design has any more: its buckets with their positions, its dead
   * letters, the rows of a view, if the order says so. It is noted as an event of the engine before. A part that comes
   * back under the name begins anew. What breaks off can be asked for again. Errors: EW_CONSUMER_UNKNOWN,
   * EW_CONSUMER_DECLARED, EW_CONSUMER_HELD, EW_CONSUMER_NOT_EMPTY, EW_TEXT without somebody who does it or a reason.
   */
  forget(consumer: string, order: ForgetOrder): Promise<ForgottenConsumer>
}

/** What forgetting needs; `graph` is undefined where no system is at hand. */
export interface ForgettingOptions {
  readonly store: Pick<Store, 'ownership' | 'parked' | 'builds' | 'views' | 'now'>
  readonly graph: Graph | undefined
  readonly clock: Clock
  commit(unit: Unit): Promise<Outcome>
}

/** How long nobody else gets the buckets, should whoever forgets them die. */
const leaseMs = 10_000

/** The orders of an operator over a store. */
export function consumerOrders(options: ForgettingOptions): ConsumerOrders {
  return { forget: (consumer, order) => forget(options, consumer, order) }
}

async function forget(options: ForgettingOptions, consumer: string, order: ForgetOrder): Promise<ForgottenConsumer> {
  const { store, graph } = options
  assertOrder(order)
  const rows = await rowsOf(options, consumer)
  if (graph !== undefined && belongsTo(graph, consumer)) {
    throw failure('EW_CONSUMER_DECLARED', `The system has a part that ${quoted(consumer, 300)} works for.`)
  }
  const owner = newId()
  const held = await claimAll(options, consumer, rows, owner)
  try {
    const found = {
      ...placeOf(held),
      parkedKeys: await store.parked.count(consumer),
      ...(await tableOf(options, consumer)),
    }
    assertEmpty(consumer, found, order)
    await note(options, { consumer, owner }, held, found, order)
    await dropRows(options, consumer, found.table)
    // Last of all, so that whatever breaks off before is still listed and can be gone on with.
    if (!(await store.ownership.forget(consumer, owner))) throw await heldBy(options, consumer, owner)
    return { consumer, ...found }
  } finally {
    await store.ownership.release(held)
  }
}

type Found = Omit<ForgottenConsumer, 'consumer'>

function assertOrder({ who, why }: ForgetOrder): void {
  for (const [name, text] of Object.entries({ who, why })) {
    if (typeof text === 'string' && text.trim() !== '' && isStorable(text)) continue
    throw failure('EW_TEXT', `To forget a consumer takes ${name} as a text that is not empty.`)
  }
}

/** Error: EW_CONSUMER_UNKNOWN where there is neither a row nor a dead letter nor a generation of a view. */
async function rowsOf({ store }: ForgettingOptions, consumer: string): Promise<readonly OwnershipRow[]> {
  // What no store could have must not become a question to it.
  if (typeof consumer === 'string' && isStorable(consumer)) {
    const rows = await store.ownership.list(consumer)
    const isOfEngine = rows.some(({ source }) => source === storeSources.housekeeping)
    const isKnown = rows.length > 0 || (await store.parked.count(consumer)) > 0 || (await isBuilt(store, consumer))
    if (isKnown && !isOfEngine) return rows
  }
  throw unknownConsumer(consumer)
}

async function isBuilt({ builds }: Pick<Store, 'builds'>, consumer: string): Promise<boolean> {
  const fed = fedBy(consumer)
  if (fed === undefined) return false
  return (await builds.list(fed.view)).some(({ generation }) => generation === fed.generation)
}

/** Whoever had a bucket before has lost it, paused processes too. Error: EW_CONSUMER_HELD. */
async function claimAll(
  options: ForgettingOptions,
  consumer: string,
  rows: readonly OwnershipRow[],
  owner: string,
): Promise<readonly OwnershipRow[]> {
  const { ownership } = options.store
  const sources = new Set(rows.map(({ source }) => source))
  const held: OwnershipRow[] = []
  for (const source of sources) held.push(...(await ownership.claim(consumer, source, owner, leaseMs)))
  const isHeld = (row: OwnershipRow): boolean =>
    held.some(({ source, bucket }) => source === row.source && bucket === row.bucket)
  if (rows.every(isHeld)) return held
  const error = await heldBy(options, consumer, owner)
  await ownership.release(held)
  throw error
}

async function heldBy({ store }: ForgettingOptions, consumer: string, self: string): Promise<Error> {
  const [nowMs, rows] = [await store.now(), await store.ownership.list(consumer)]
  const others = liveRows(rows, nowMs).filter(({ owner }) => owner !== self)
  const owners = [...new Set(others.map(({ owner, wanted }) => (owner ?? wanted)!))]
  const untilMs = Math.max(nowMs, ...others.map((row) => row.untilMs ?? 0))
  const who = owners.length === 0 ? 'somebody who has just gone' : owners.join(', ')
  return failure(
    'EW_CONSUMER_HELD',
    `${quoted(consumer, 300)} is held by ${who}, for ${Math.ceil((untilMs - nowMs) / 1_000)} s at least.`,
    { details: { consumer, owners, untilMs } },
  )
}

function placeOf(rows: readonly OwnershipRow[]): Pick<ForgottenConsumer, 'buckets' | 'first' | 'last'> {
  if (rows.length === 0) return { buckets: 0, first: null, last: null }
  const positions = rows.map(({ position }) => position)
  return { buckets: rows.length, first: Math.min(...positions), last: Math.max(...positions) }
}

/** The table that goes: not one that a generation of another view has under the same name. */
async function tableOf({ store }: ForgettingOptions, consumer: string): Promise<Pick<ForgottenConsumer, 'table'>> {
  const fed = fedBy(consumer)
  if (fed === undefined) return { table: null }
  const table = tableName(fed.view, fed.generation)
  const others = (await store.builds.list()).filter(({ view }) => view !== fed.view)
  return { table: others.some(({ view, generation }) => tableName(view, generation) === table) ? null : table }
}

function assertEmpty(consumer: string, { parkedKeys, table }: Found, order: ForgetOrder): void {
  const left = [
    ...(parkedKeys === 0 || order.withDeadLetters === true
      ? []
      : [`${parkedKeys} ${parkedKeys === 1 ? 'dead letter' : 'dead letters'}`]),
    ...(table === null || order.withRows === true ? [] : [`the rows of a view in ${table}`]),
  ]
  if (left.length === 0) return
  throw failure('EW_CONSUMER_NOT_EMPTY', `${quoted(consumer, 300)} still has ${left.join(' and ')}.`, {
    details: { consumer, parkedKeys, table },
  })
}

/** Under the fence of every bucket, and before anything is gone, so that nothing goes without a trace. */
async function note(
  options: ForgettingOptions,
  { consumer, owner }: { readonly consumer: string; readonly owner: string },
  held: readonly OwnershipRow[],
  found: Found,
  { who, why }: ForgetOrder,
): Promise<void> {
  const stood = held.map(({ source, bucket, position }) => ({ source, bucket, position }))
  const { parkedKeys, table } = found
  const facts = { consumer, stood, parkedKeys, table }
  const append = operatorEvent('ConsumerForgotten', facts, { who, why, nowMs: options.clock.now() })
  const positions = held.map((row) => ({
    consumer,
    source: row.source,
    bucket: row.bucket,
    epoch: row.epoch,
    from: row.position,
    to: row.position,
    ttlMs: leaseMs,
  }))
  const outcome = await options.commit({ appends: [append], positions })
  if (!outcome.ok) throw await heldBy(options, consumer, owner)
}

/**
 * The registry first: rows whose positions are gone must not be found, or somebody would apply every event to them once
 * more.
 */
async function dropRows({ store }: ForgettingOptions, consumer: string, table: string | null): Promise<void> {
  const fed = fedBy(consumer)
  if (fed !== undefined) await store.builds.remove(fed.view, fed.generation)
  if (table !== null) await store.views.drop(table)
}

/** The error for a name that no consumer has, with what may have been meant. */
export function unknownConsumer(consumer: string, hint = ''): Error {
  const what = `The store has nothing of a consumer ${quoted(String(consumer), 300)}.`
  return failure('EW_CONSUMER_UNKNOWN', `${what} ${hint}`.trimEnd())
}
