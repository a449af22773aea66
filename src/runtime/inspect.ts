import { failure } from '../base/errors.ts'
import { signal, type Signal } from '../base/signal.ts'
import type { Graph } from '../design/graph.ts'
import type { SagaPage } from '../ports/sagas.ts'
import type { TimerPage } from '../ports/timers.ts'
import type { Store } from '../ports/store.ts'
import type { StreamStatus } from '../ports/streams.ts'
import type { ViewBuild } from '../ports/views.ts'
import { operatorActions, type OperatorAction } from './audit/operator-actions.ts'
import { storedConsumers, type StoredConsumer } from './forgetting/stored-consumers.ts'
import { housekeepingReports, type HousekeepingReport } from './housekeeping/round.ts'
import { requestReports, type RequestReport } from './commands/request-reports.ts'
import { consumerReports, type ConsumerReport, type LocalStates } from './lag/consumer-report.ts'
import { belongsTo } from './lag/declared.ts'
import { eventReports, type EventReports } from './log/event-reports.ts'
import { channelReports, type ChannelReport } from './messages/channel-report.ts'
import type { Commits } from './metrics/batch-sizes.ts'
import { metricsOf } from './metrics/metrics.ts'
import { prometheusText } from './metrics/prometheus-text.ts'
import { deadLetterReports, type DeadLetterReports } from './parking/dead-letter-report.ts'
import { sagaReports, sagaStory, type SagaCount, type SagaReport, type SagaStory } from './saga-runner/report.ts'
import { search, type Found } from './search.ts'
import { streamActions, type StreamAction } from './streams/actions.ts'
import { streamReports, type StreamReport } from './streams/report.ts'
import { timerReports, type TimerReport } from './timers/report.ts'
import { rowReports, type RowReports } from './views/row-reports.ts'
import { generationInUse } from './views/table.ts'
import { viewProgress, type ViewProgress } from './views/view-progress.ts'
import { verifyViews, type VerifyViewsOptions, type VerifyViewsStep } from './views/verify.ts'
import { verifyStore, type VerifyStep } from './log/verify.ts'

/** One generation of a view. */
export interface ViewReport extends ViewBuild, ViewProgress {
  /** A process with this design reads it; false where no system is known. */
  readonly read: boolean
}

/** Read-only answers about a store and what works on it; needs no running system. */
export interface Inspect {
  /** What the system declares; undefined where none is known. */
  readonly graph: Graph | undefined
  /** The database's clock. */
  now(): Promise<number>
  /** Whether the system has a part that a consumer works for; true for all of them where no system is known. */
  declares(consumer: string): boolean
  store(): Promise<{
    readonly name: string
    readonly storeId: string
    readonly head: number
    readonly engineHead: number
  }>
  consumers(): Promise<readonly ConsumerReport[]>
  /** What the store has of consumers, also of those that no design has any more. */
  storedConsumers(): Promise<readonly StoredConsumer[]>
  views(): Promise<readonly ViewReport[]>
  /** The rows of views, for people. */
  readonly rows: RowReports
  /** Events in pages, by id and by correlation id, and the states that they lead to. */
  readonly events: EventReports
  /** What is kept of the requests that came with an idempotency key, one for each service that knows it. */
  requests(key: string): Promise<readonly RequestReport[]>
  /** What an id or a key stands for: an event, a correlation, a stream, an instance of a saga, a row, a dead letter. */
  search(text: string): Promise<readonly Found[]>
  /** Channels with their partitions; who reads them is among the consumers. */
  channels(): Promise<readonly ChannelReport[]>
  /** Streams in the order of their names, and what they take. */
  streams(page: {
    readonly category?: string
    readonly status?: StreamStatus
    readonly after?: string
    readonly limit: number
  }): Promise<readonly StreamReport[]>
  /** What operators have done to one stream, or to all; the newest first, before the action `before`. */
  streamActions(page: {
    readonly stream?: string
    readonly before?: number
    readonly limit: number
  }): Promise<readonly StreamAction[]>
  /** What operators have ordered and done, the newest first, before the action `before`. */
  actions(page: { readonly before?: number; readonly limit: number }): Promise<readonly OperatorAction[]>
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
  /** Everything that can be counted, in the text format of Prometheus; docs/operations.md explains each metric. */
  metrics(): Promise<string>
  /** Reads every event and checks checksums, positions and versions; one step a page, with what was found in it. */
  verify(): AsyncIterable<VerifyStep>
  /**
   * Compares rows of the views of the system with a replay of their events, while others go on writing. Error:
   * EW_CONFIG where no system is known.
   */
  verifyViews(options?: VerifyViewsOptions): AsyncIterable<VerifyViewsStep>
}

/**
 * Answers about a store; `local` adds what this process knows of its own consumers, `live` is the store of its live
 * views, whose positions and parked keys nobody else can see; `graph` is what a system declares; `commits` is what this
 * process has committed, and `wake` is raised when anybody has.
 */
export function inspect(
  store: Store,
  local: LocalStates = () => new Map(),
  live?: Store,
  graph?: Graph,
  commits?: () => Commits,
  wake: Pick<Signal, 'seen' | 'after'> = signal(),
): Inspect {
  const head = (): Promise<number> => store.log.head(0)
  const consumers = async (): Promise<ConsumerReport[]> => [
    ...(await consumerReports({ store, positions: store, graph, local })),
    // The log of live views is that of the store; only their positions are elsewhere.
    ...(live === undefined ? [] : await consumerReports({ store, positions: live, graph, local })),
  ]
  const reports: Inspect = {
    graph,
    now: () => store.now(),
    declares: (consumer) => graph === undefined || belongsTo(graph, consumer),
    async store() {
      return { name: store.name, storeId: store.storeId, head: await head(), engineHead: await store.log.head(1) }
    },
    consumers,
    storedConsumers: () => storedConsumers(store, graph),
    async views() {
      const [own, all, end] = [await store.builds.list(), await consumers(), await head()]
      const builds = live === undefined ? own : [...own, ...(await live.builds.list())]
      const nowMs = await store.now()
      return builds.map((build) => {
        return { ...build, ...viewProgress(all, build, end, nowMs), read: isRead(graph, builds, build) }
      })
    },
    rows: rowReports(store, live, graph),
    events: eventReports(store, graph, wake),
    requests: (key) => requestReports(store, graph, key),
    search: (text) => search(reports, graph, text),
    channels: () => channelReports(store, graph),
    streams: (page) => streamReports(store, page),
    streamActions: (page) => streamActions(store.log, page),
    actions: (page) => operatorActions(store.log, page),
    deadLetters: deadLetterReports(store, live, graph),
    timers: (page) => timerReports(store, page),
    sagas: (page) => sagaReports(store, page),
    sagaCounts: (saga) => store.sagas.counts(saga),
    saga: (id) => sagaStory(store, id, graph),
    housekeeping: () => housekeepingReports(store),
    async metrics() {
      const stores = live === undefined ? [store] : [store, live]
      return prometheusText(
        metricsOf({
          heads: [await head(), await store.log.head(1)],
          // What a design has lost is run by nobody, and that is as it should be.
          consumers: (await consumers()).filter(({ name }) => graph === undefined || belongsTo(graph, name)),
          deadLetters: (await Promise.all(stores.map(({ parked }) => parked.counts()))).flat(),
          sagas: await store.sagas.counts(),
          commits: commits?.(),
        }),
      )
    },
    verify: () => verifyStore(store),
    verifyViews(options) {
      if (graph === undefined) throw failure('EW_CONFIG', 'Views are made by a system, and none was named.')
      return verifyViews(graph, store, { ...(live !== undefined && { live }), ...options })
    },
  }
  return reports
}

function isRead(graph: Graph | undefined, builds: readonly ViewBuild[], { view, generation }: ViewBuild): boolean {
  const identity = graph?.projections.get(view)?.definition.identity
  const own = builds.filter((build) => build.view === view)
  return identity !== undefined && generationInUse(own, identity)?.generation === generation
}
