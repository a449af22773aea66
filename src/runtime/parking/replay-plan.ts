import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { ParkedKey, ParkedTable } from '../../ports/parked.ts'
import { discardedCode } from '../../ports/parked-decision.ts'
import type { Store } from '../../ports/store.ts'
import { consumerName, isDeclaredConsumer } from '../housekeeping/declared-consumer.ts'
import { liveRows } from '../forgetting/stored-consumers.ts'
import { fedBy } from '../views/table.ts'
import { eachPage, notParked, vainReplaysBelow, type DeadLetterChoice, type ReplayOptions } from './dead-letters.ts'
import { whyUnreadable, whyUnreadableEvent } from './parked-reading.ts'

/** Which replay is asked about: of one key, or of those of a consumer that are chosen. */
export interface PlannedChoice extends DeadLetterChoice, ReplayOptions {
  readonly key?: string
  /** How many letters are read to see whether this release can, the first ones by key; default 1,000. */
  readonly mostRead?: number
  /** How many are told of one by one; default 100. */
  readonly mostTold?: number
}

/** What a replay would do as things stand; nothing is marked or held for it, so it may be otherwise by then. */
export interface ReplayPlan {
  readonly consumer: string
  /** Whose handler they would meet; undefined where the system has no such part, or none is known. */
  readonly handler?: { readonly kind: string; readonly name: string; readonly service: string }
  /** How many processes run the consumer; with none, a replay waits until one does. */
  readonly owners: number
  /** Dead letters that are meant. */
  readonly letters: number
  /** Those that would be handled again. */
  readonly replayed: number
  /** Messages behind them that have not been tried and would be handled after them, in the order of each key. */
  readonly behind: number
  /** Left alone: replayed in vain too often, and not forced. */
  readonly inVain: number
  /** A replay of these is under way already. */
  readonly replaying: number
  /** How many of those that would be handled again were read by the schemas of this release; 0 without a system. */
  readonly read: number
  /** Those of them that it cannot read: they would stay dead letters. */
  readonly unreadable: number
  readonly items: readonly PlannedReplay[]
}

/** What a replay would do with one dead letter. */
export interface PlannedReplay {
  readonly key: string
  readonly position: number
  readonly type: string | null
  readonly schemaVersion: number | null
  /** Why it failed last. */
  readonly code: string
  readonly behind: number
  readonly verdict: 'replayed' | 'in vain' | 'replaying'
  /** Why this release cannot read it. */
  readonly problem?: string
}

interface Told {
  readonly table: ParkedTable
  readonly parked: readonly ParkedKey[]
}

/** Tells what a replay would do, and does nothing. Error: EW_PARKED for a key that is not parked. */
export async function replayPlan(
  {
    store,
    live,
    graph,
  }: { readonly store: Store; readonly live: Store | undefined; readonly graph: Graph | undefined },
  { consumer, key, force = false, mostRead = 1_000, mostTold = 100, ...choice }: PlannedChoice,
): Promise<ReplayPlan> {
  const stores = live === undefined ? [store] : [store, live]
  const counts = { letters: 0, replayed: 0, behind: 0, inVain: 0, replaying: 0, read: 0, unreadable: 0 }
  const items: PlannedReplay[] = []
  const note = (parked: ParkedKey, problem: string | undefined): void => {
    const verdict = verdictOn(parked, force)
    const behind = parked.code === discardedCode ? parked.waiting : Math.max(0, parked.waiting - 1)
    counts.letters++
    if (verdict === 'replayed') {
      counts.replayed++
      counts.behind += behind
    } else if (verdict === 'in vain') counts.inVain++
    else counts.replaying++
    if (problem !== undefined) counts.unreadable++
    if (items.length >= mostTold) return
    const { key: of, position, type, schemaVersion, code } = parked
    const item = { key: of, position, type, schemaVersion, code, behind, verdict }
    items.push(problem === undefined ? item : { ...item, problem })
  }
  const tell = async ({ table, parked }: Told): Promise<void> => {
    const wanted = parked.filter((each) => verdictOn(each, force) === 'replayed')
    const read = graph === undefined ? [] : wanted.slice(0, mostRead - counts.read)
    counts.read += read.length
    const problems = await problemsOf(store, graph, { table, parked: read })
    for (const each of parked) note(each, problems.get(each))
  }
  if (key === undefined)
    await eachPage(
      stores.map(({ parked }) => parked),
      { consumer, ...choice },
      // How many messages wait is in no summary.
      (table, page) => table.list(page),
      (table, parked) => tell({ table, parked }),
    )
  else await tell(await one(stores, consumer, key))
  const handler = graph && handlerOf(graph, consumer)
  const owners = await ownersOf(stores, consumer)
  return { consumer, ...(handler !== undefined && { handler }), owners, ...counts, items }
}

function verdictOn({ resuming, vainReplays }: ParkedKey, force: boolean): PlannedReplay['verdict'] {
  if (resuming) return 'replaying'
  return force || vainReplays < vainReplaysBelow ? 'replayed' : 'in vain'
}

async function one(stores: readonly Store[], consumer: string, key: string): Promise<Told> {
  for (const { parked: table } of stores) {
    const parked = await table.get(consumer, key)
    if (parked !== undefined) return { table, parked: [parked] }
  }
  throw notParked(consumer, key)
}

/** So many are asked for together, which a store that is away from here answers much sooner. */
const atOnce = 25

/** Why a release cannot read some letters; those that it can are left out. */
async function problemsOf(
  { log }: Store,
  graph: Graph | undefined,
  { table, parked }: Told,
): Promise<ReadonlyMap<ParkedKey, string>> {
  const found = new Map<ParkedKey, string>()
  if (graph === undefined) return found
  for (let from = 0; from < parked.length; from += atOnce) {
    const some = parked.slice(from, from + atOnce)
    const positions = some.filter(isOfLog).map(({ position }) => position)
    const stored = positions.length === 0 ? [] : await log.at(positions)
    const events = new Map(stored.map((event) => [event.position, event]))
    const told = some.map(async (each) => {
      const { consumer, source, key, position } = each
      const problem = isOfLog(each)
        ? whyUnreadableEvent(graph, events.get(position))
        : whyUnreadable(graph, source, (await table.waiting(consumer, key, 1))[0])
      if (problem !== undefined) found.set(each, problem)
    })
    await Promise.all(told)
  }
  return found
}

function isOfLog({ source }: ParkedKey): boolean {
  return source === storeSources.log
}

function handlerOf(graph: Graph, consumer: string): ReplayPlan['handler'] {
  const fed = fedBy(consumer)
  if (fed !== undefined) {
    const service = graph.projections.get(fed.view)?.service
    return service === undefined ? undefined : { kind: 'projection', name: fed.view, service }
  }
  const { service, kind, name } = consumerName(consumer)
  return isDeclaredConsumer(graph, consumer) ? { kind, name: name === '' ? kind : name, service } : undefined
}

async function ownersOf(stores: readonly Store[], consumer: string): Promise<number> {
  const owners = new Set<string>()
  for (const store of stores)
    for (const { owner } of liveRows(await store.ownership.list(consumer), await store.now()))
      if (owner !== null) owners.add(owner)
  return owners.size
}
