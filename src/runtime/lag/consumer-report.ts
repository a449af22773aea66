import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import { checkpointsAhead } from '../log/checkpoints.ts'
import { withoutRefeed } from '../views/table.ts'
import { evaluate, worst, type Evaluation, type LagStatus } from './evaluation.ts'
import { judged, objectivesOf, type ObjectiveReport } from './objectives.ts'
import { hasOneOrder, pendingOf, type ConsumerRows, type Pending } from './pending.ts'

/**
 * One consumer: how far it is, who works on it, and whether it is stuck. Lag counts what is in its source, that which
 * is not for it included; of mail and timers at most 1,000 are counted. All times are those of the database's clock.
 */
export interface ConsumerReport {
  readonly name: string
  readonly source: string
  /** The least of its buckets for a source with one order, the sum of them for the partitions of a channel. */
  readonly position: number
  /** 0 where its broker is away. */
  readonly lag: number
  /** For how long the oldest waits that is not applied; null where nobody knows. */
  readonly lagMs: number | null
  /** For how long it has not moved although there was something to do. */
  readonly stalenessMs: number
  readonly status: LagStatus
  readonly buckets: number
  /** Processes that hold a bucket now. */
  readonly owners: readonly string[]
  /** Whose lease of a bucket ran out, and when; nobody has taken it since. Who has stopped gave it back. */
  readonly leftBy?: readonly { readonly owner: string; readonly untilMs: number }[]
  readonly parkedKeys: number
  /** What the design declares for it, and whether it is kept; undefined where nothing is declared or known. */
  readonly objective?: ObjectiveReport
  /** What this process knows of it; undefined when it does not run here. */
  readonly state?: string
  readonly problem?: string
}

/** What is known of the consumers in this process. */
export type LocalStates = () => ReadonlyMap<string, { readonly state: string; readonly problem: string | undefined }>

/** What reports are made from: `store` has the sources, `positions` what consumers have done of them. */
export interface ReportsOptions {
  readonly store: Store
  readonly positions: Pick<Store, 'ownership' | 'parked' | 'builds' | 'now'>
  readonly graph: Graph | undefined
  local: LocalStates
}

/** Every consumer of a store, in the order of names. */
export async function consumerReports(options: ReportsOptions): Promise<readonly ConsumerReport[]> {
  const { store, positions } = options
  // The time first: whatever moves meanwhile has moved just now, and never in the future.
  const [nowMs, all] = [await positions.now(), await positions.ownership.list()]
  const rows = all.filter(({ source }) => source !== storeSources.housekeeping)
  const consumers = [...Map.groupBy(rows, (row) => JSON.stringify([row.consumer, row.source])).values()].map(
    (own): ConsumerRows => ({ consumer: own[0]!.consumer, source: own[0]!.source, rows: own }),
  )
  const pending = await pendingOf(store, consumers, nowMs)
  const nameOf = ({ consumer, source }: { consumer: string; source: string }): string => `${source} ${consumer}`
  const waiting = refed(rows)
  const answering = rows.filter((row) => pending.get(row)!.isAway !== true)
  const ahead = new Set((await checkpointsAhead(store, answering)).map(nameOf))
  const withObjective = await judge(options)
  return Promise.all(
    consumers.map(async (consumer) => {
      const report = withObjective(await reportOf(options, consumer, pending, nowMs))
      if (waiting.has(report.name) && calm.has(report.status))
        return { ...report, status: 'waiting for refeed' as const }
      return ahead.has(nameOf(consumer)) ? { ...report, status: 'ahead' as const } : report
    }),
  )
}

async function judge({ graph, positions }: ReportsOptions): Promise<(report: ConsumerReport) => ConsumerReport> {
  if (graph === undefined) return (report) => report
  const builds = await positions.builds.list()
  return (report) => {
    const declared = objectivesOf(graph, builds, report.name)
    return declared === undefined || report.status === 'broker away'
      ? report
      : { ...report, objective: judged(declared, report) }
  }
}

/**
 * What is fed from a derived channel, and what goes on behind it. The one may have nothing to do while nothing comes;
 * the other is in nobody's hands until then.
 */
function refed(rows: readonly OwnershipRow[]): ReadonlySet<string> {
  return new Set(
    rows.flatMap(({ consumer }) => {
      const behind = withoutRefeed(consumer)
      return behind === consumer ? [] : [consumer, behind]
    }),
  )
}

/** What is no news while events have to be sent again. */
const calm: ReadonlySet<LagStatus> = new Set<LagStatus>(['idle', 'waiting', 'stopped', 'stalled'])

async function reportOf(
  options: ReportsOptions,
  consumer: ConsumerRows,
  pending: ReadonlyMap<OwnershipRow, Pending>,
  nowMs: number,
): Promise<ConsumerReport> {
  const { consumer: name, source, rows } = consumer
  const looks = await Promise.all(rows.map((row) => lookAt(row, pending.get(row)!, nowMs)))
  const counts = rows.map((row) => pending.get(row)!.count)
  const stands = rows.map(({ position }) => position)
  const owned = rows.filter((row) => row.owner !== null)
  const owners = owned.filter((row) => (row.untilMs ?? 0) > nowMs).map((row) => row.owner!)
  const left = new Map(owned.flatMap(({ owner, untilMs }) => ((untilMs ?? 0) > nowMs ? [] : [[owner!, untilMs ?? 0]])))
  const known = options.local().get(name)
  const isAway = rows.some((row) => pending.get(row)!.isAway === true)
  const parkedKeys = await options.positions.parked.count(name)
  const together = (numbers: readonly number[], slowest: (...all: number[]) => number): number =>
    hasOneOrder(source) ? slowest(...numbers) : numbers.reduce((sum, each) => sum + each, 0)
  return {
    name,
    source,
    position: together(stands, Math.min),
    // Every bucket of the timers is told of all of them.
    lag: source === storeSources.timers ? Math.max(...counts) : together(counts, Math.max),
    ...longest(looks),
    ...(isAway && { lagMs: null }),
    status: isAway ? 'broker away' : await statusOf(options, consumer, looks, { parkedKeys, state: known?.state }),
    buckets: rows.length,
    owners: [...new Set(owners)],
    ...(left.size > 0 && { leftBy: [...left].map(([owner, untilMs]) => ({ owner, untilMs })) }),
    parkedKeys,
    ...(known && { state: known.state }),
    ...(known?.problem !== undefined && { problem: known.problem }),
  }
}

async function lookAt(row: OwnershipRow, pending: Pending, nowMs: number): Promise<Look> {
  const { count, oldestMs, moves, oldestId } = pending
  const { owner, untilMs, movedAtMs } = row
  const facts = { nowMs, pending: count, oldestMs, movedAtMs, owner, untilMs, moves }
  const found = evaluate(facts)
  if (found.status !== 'falling behind') return { ...found, oldestId }
  return { ...evaluate({ ...facts, moves: await pending.counted() }), oldestId }
}

interface Look extends Evaluation {
  readonly oldestId: string | undefined
}

function longest(looks: readonly Look[]): Pick<ConsumerReport, 'lagMs' | 'stalenessMs'> {
  const lags = looks.flatMap(({ lagMs }) => lagMs ?? [])
  return {
    lagMs: lags.length === 0 ? null : Math.max(...lags),
    stalenessMs: Math.max(...looks.map(({ stalenessMs }) => stalenessMs)),
  }
}

const standing: ReadonlySet<LagStatus> = new Set<LagStatus>(['waiting', 'stalled', 'stopped'])
const moving: ReadonlySet<LagStatus> = new Set<LagStatus>(['idle', 'ok', 'waiting', 'lagging'])

/** The worst of the buckets, unless something says more than they do. */
async function statusOf(
  { store, graph }: ReportsOptions,
  { consumer, source }: ConsumerRows,
  looks: readonly Look[],
  known: { readonly parkedKeys: number; readonly state: string | undefined },
): Promise<LagStatus> {
  const { status, oldestId } = worst(looks)!
  if (standing.has(status) && known.state === 'needs newer release') return 'needs newer release'
  if (status === 'stalled' && source === storeSources.mail && oldestId !== undefined && graph !== undefined) {
    const name = consumer.slice(consumer.indexOf(':') + 1)
    const declared = (graph.sagas.get(name) ?? graph.processes.get(name))?.definition.version
    const row = await store.sagas.get(oldestId)
    if (row !== undefined && declared !== undefined && row.definitionVersion !== declared) return 'needs newer release'
  }
  return known.parkedKeys > 0 && moving.has(status) ? 'parked keys' : status
}
