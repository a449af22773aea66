import type { Graph } from '../design/graph.ts'
import { storeSources } from '../design/sources.ts'
import type { SagaPage } from '../ports/sagas.ts'
import type { TimerPage } from '../ports/timers.ts'
import type { Store } from '../ports/store.ts'
import type { StreamInfo } from '../ports/event-log.ts'
import type { ViewBuild } from '../ports/views.ts'
import { housekeepingReports, type HousekeepingReport } from './housekeeping/round.ts'
import { deadLetterReports, type DeadLetterReports } from './parking/dead-letter-report.ts'
import { standing } from './loop/lag.ts'
import { sagaReports, sagaStory, type SagaCount, type SagaReport, type SagaStory } from './saga-runner/report.ts'
import { timerReports, type TimerReport } from './timers/report.ts'
import { viewConsumer } from './views/table.ts'
import { verify, type VerifyStep } from './log/verify.ts'

/**
 * One consumer: how far it is and who works on it. Lag counts what is in its source, that which is not for it
 * included.
 */
export interface ConsumerReport {
  readonly name: string
  readonly source: string
  readonly position: number
  readonly lag: number
  readonly buckets: number
  /** Processes that hold a bucket now. */
  readonly owners: readonly string[]
  readonly parkedKeys: number
  /** What this process knows of it; undefined when it does not run here. */
  readonly state?: string
  readonly problem?: string
}

/** One generation of a view. */
export interface ViewReport extends ViewBuild {
  readonly position: number
  readonly lag: number
  /** From 0 to 1. */
  readonly progress: number
  readonly parkedKeys: number
}

/** Read-only answers about a store and what works on it; needs no running system. */
export interface Inspect {
  store(): Promise<{
    readonly name: string
    readonly storeId: string
    readonly head: number
    readonly engineHead: number
  }>
  consumers(): Promise<readonly ConsumerReport[]>
  views(): Promise<readonly ViewReport[]>
  streams(page: {
    readonly category?: string
    readonly after?: string
    readonly limit: number
  }): Promise<readonly StreamInfo[]>
  /** Messages that failed for good, and what was done about them. */
  readonly deadLetters: DeadLetterReports
  /** What was scheduled and has not been sent: one service after the other, the earliest first. */
  timers(page: TimerPage): Promise<readonly TimerReport[]>
  /** Instances of sagas and processes, in the order of their ids. */
  sagas(page: SagaPage): Promise<readonly SagaReport[]>
  /** How many instances have which status, of one saga or process or of all. */
  sagaCounts(saga?: string): Promise<readonly SagaCount[]>
  /** One instance with all that happened to it; undefined when there is none. */
  saga(id: string): Promise<SagaStory | undefined>
  /** What keeps the store small: when each job was done last, by whichever process. */
  housekeeping(): Promise<readonly HousekeepingReport[]>
  /** Reads every event and checks checksums, positions and versions; one step a page, with what was found in it. */
  verify(): AsyncIterable<VerifyStep>
}

/** What is known of the consumers in this process. */
export type LocalStates = () => ReadonlyMap<string, { readonly state: string; readonly problem: string | undefined }>

/**
 * Answers about a store; `local` adds what this process knows of its own consumers, `live` is the store of its live
 * views, whose positions and parked keys nobody else can see; `graph` is what a system declares.
 */
export function inspect(store: Store, local: LocalStates = () => new Map(), live?: Store, graph?: Graph): Inspect {
  const head = (): Promise<number> => store.log.head(0)
  const consumers = async (): Promise<ConsumerReport[]> => [
    ...(await consumersOf(store)),
    ...(live === undefined ? [] : await consumersOf(live)),
  ]
  const consumersOf = async (from: Store): Promise<ConsumerReport[]> => {
    const [all, now, states] = [await from.ownership.list(), await store.now(), local()]
    const rows = all.filter(({ source }) => source !== storeSources.housekeeping)
    const byName = Map.groupBy(rows, (row) => `${row.consumer} ${row.source}`)
    return Promise.all(
      [...byName.values()].map(async (buckets) => {
        const { consumer: name, source } = buckets[0]!
        const owners = buckets.filter((row) => row.owner !== null && (row.untilMs ?? 0) > now).map((row) => row.owner!)
        const known = states.get(name)
        return {
          name,
          source,
          // The log of live views is that of the store; only their positions are elsewhere.
          ...(await standing(store, source, buckets)),
          buckets: buckets.length,
          owners: [...new Set(owners)],
          parkedKeys: await from.parked.count(name),
          ...(known && { state: known.state }),
          ...(known?.problem !== undefined && { problem: known.problem }),
        }
      }),
    )
  }
  return {
    async store() {
      return { name: store.name, storeId: store.storeId, head: await head(), engineHead: await store.log.head(1) }
    },
    consumers,
    async views() {
      const [own, all, end] = [await store.builds.list(), await consumers(), await head()]
      const builds = live === undefined ? own : [...own, ...(await live.builds.list())]
      return builds.map((build) => {
        const consumer = viewConsumer(build.view, build.generation)
        const fed = all.find(({ name }) => name === consumer)
        const position = fed?.position ?? 0
        return {
          ...build,
          position,
          lag: end - position,
          progress: end === 0 ? 1 : position / end,
          parkedKeys: fed?.parkedKeys ?? 0,
        }
      })
    },
    streams: (page) => store.log.streams(page),
    deadLetters: deadLetterReports(store, live, graph),
    timers: (page) => timerReports(store, page),
    sagas: (page) => sagaReports(store, page),
    sagaCounts: (saga) => store.sagas.counts(saga),
    saga: (id) => sagaStory(store, id),
    housekeeping: () => housekeepingReports(store),
    verify: () => verify(store.log),
  }
}
