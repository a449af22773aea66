import type { Graph } from '../../design/graph.ts'
import { compareText } from '../../base/row-value.ts'
import { storeSources } from '../../design/sources.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import type { ViewBuild } from '../../ports/views.ts'
import { belongsTo } from '../lag/declared.ts'
import { viewConsumer } from '../views/table.ts'

/** What a store has of a consumer, whether anybody runs it or not. */
export interface StoredConsumer {
  readonly consumer: string
  /** What it reads; empty where only dead letters or the rows of a view are left of it. */
  readonly sources: readonly string[]
  readonly buckets: number
  /** The least and the greatest position of its buckets; null where it has none. */
  readonly first: number | null
  readonly last: number | null
  /** Processes whose lease of one of its buckets has not run out. */
  readonly heldBy: readonly string[]
  readonly parkedKeys: number
  /** What is left of a generation of a view that it feeds: its state; null where there is none. */
  readonly view: ViewBuild['state'] | null
  /** Whether the system has a part for it; null where no system is known. */
  readonly declared: boolean | null
}

/** Everything that a store has of consumers, in the order of names. What the engine runs for itself is none. */
export async function storedConsumers(
  store: Pick<Store, 'ownership' | 'parked' | 'builds' | 'now'>,
  graph: Graph | undefined,
): Promise<readonly StoredConsumer[]> {
  const [nowMs, all] = [await store.now(), await store.ownership.list()]
  const rows = Map.groupBy(
    all.filter(({ source }) => source !== storeSources.housekeeping),
    ({ consumer }) => consumer,
  )
  const parked = Map.groupBy(await store.parked.counts(), ({ consumer }) => consumer)
  const states = new Map(
    (await store.builds.list()).map(({ view, generation, state }) => [viewConsumer(view, generation), state]),
  )
  const names = new Set([...rows.keys(), ...parked.keys(), ...states.keys()])
  return [...names].sort(compareText).map((consumer) => ({
    consumer,
    ...placeOf(rows.get(consumer) ?? [], nowMs),
    parkedKeys: (parked.get(consumer) ?? []).reduce((sum, { count }) => sum + count, 0),
    view: states.get(consumer) ?? null,
    declared: graph === undefined ? null : belongsTo(graph, consumer),
  }))
}

/** Rows whose lease has not run out, or that are on their way to whoever asked for them. */
export function liveRows(rows: readonly OwnershipRow[], nowMs: number): readonly OwnershipRow[] {
  return rows.filter(({ owner, wanted, untilMs }) => (owner ?? wanted) !== null && (untilMs ?? 0) > nowMs)
}

function placeOf(
  rows: readonly OwnershipRow[],
  nowMs: number,
): Pick<StoredConsumer, 'sources' | 'buckets' | 'first' | 'last' | 'heldBy'> {
  const positions = rows.map(({ position }) => position)
  return {
    sources: [...new Set(rows.map(({ source }) => source))],
    buckets: rows.length,
    first: rows.length === 0 ? null : Math.min(...positions),
    last: rows.length === 0 ? null : Math.max(...positions),
    heldBy: [...new Set(liveRows(rows, nowMs).map(({ owner, wanted }) => (owner ?? wanted)!))],
  }
}
