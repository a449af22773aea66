import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { inTurn } from '../base/in-turn.ts'
import type { Log } from '../base/log.ts'
import { signal, type Signal } from '../base/signal.ts'
import type { AnyAggregate } from '../design/aggregate.ts'
import type { CommandMessage } from '../design/message.ts'
import type { AnySystem } from '../design/system.ts'
import type { BrokerAdapter } from '../ports/broker-adapter.ts'
import type { MessageCodec } from '../ports/message-codec.ts'
import type { RegistryAdapter } from '../ports/registry.ts'
import type { Store, StoreAdapter } from '../ports/store.ts'
import type { StoredEvent } from '../ports/stored-event.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { ViewsAdapter } from '../ports/views-apart.ts'
import type { TransactionClient } from '../ports/within.ts'
import { appender, type AppendEvents } from './commands/append.ts'
import { Beginnings } from './commands/beginnings.ts'
import { commands, type Commands } from './commands/commands.ts'
import type { Authorise, ExecuteOptions } from './commands/execute-options.ts'
import { localWork } from './commands/local-work.ts'
import { onBehalf, type OnBehalf } from './commands/on-behalf.ts'
import type { Attempted } from './commands/outcome.ts'
import { participant } from './commands/participant.ts'
import { repository, type Repository } from './commands/repository.ts'
import type { RunContext } from './commands/run.ts'
import { StreamLanes } from './commands/stream-lanes.ts'
import { UnitOfWork } from './commands/unit-of-work.ts'
import { within, type WithinCalls } from './commands/within.ts'
import type { CommitLimits } from './commits/limits.ts'
import { startConsumers, type Consumers } from './consumers.ts'
import { startHousekeeping, type Housekeeping } from './housekeeping/housekeeping.ts'
import { openWithBroker } from './messages/outside-broker.ts'
import type { KeepMs } from './housekeeping/keep.ts'
import { inspect, type Inspect } from './inspect.ts'
import type { Origin } from './log/event-encoding.ts'
import { LogEvent } from './log/event.ts'
import { events, type Events } from './log/events.ts'
import { logReader, type LogReader } from './log/reader.ts'
import { patientStore } from './loop/patient-store.ts'
import { sparingStore, type SparingStore } from './loop/sparing-store.ts'
import { space, type Space } from './loop/space.ts'
import { countBatches, type Commits } from './metrics/batch-sizes.ts'
import { operate, type Operate } from './operate.ts'
import { EarlyStarts } from './saga-runner/early-starts.ts'
import { hearDeletions } from './streams/heard-deletions.ts'
import { stopDeadline, type StopDeadline } from './stop-deadline.ts'
import { tracedAppend, tracedCommands, tracedParticipant } from './telemetry/traced-commands.ts'
import { timerRequests, type TimerRequests } from './timers/requests.ts'
import { inlineViews } from './views/inline-views.ts'
import type { BuildProgress } from './views/keeper.ts'
import { withViewsApart } from './views/apart.ts'
import { withFedBuilds } from './views/fed-builds.ts'
import { openViews } from './views/open-views.ts'
import type { AnyView } from './views/views.ts'

/** Settings with every default filled in. */
export interface EngineSettings {
  readonly store: StoreAdapter
  readonly broker: BrokerAdapter | undefined
  readonly registry: RegistryAdapter | undefined
  readonly views: ViewsAdapter | undefined
  readonly lockFile: string | URL | undefined
  readonly services: ReadonlySet<string>
  readonly mode: 'dev' | 'production'
  readonly authorise: Authorise | undefined
  readonly log: Log
  readonly clock: Clock
  readonly leaseMs: number
  readonly stopPatienceMs: number
  readonly backstopMs: number
  readonly stuckAfter: number
  readonly limits: CommitLimits
  readonly keep: KeepMs
  readonly owner: string
  readonly signal: AbortSignal | undefined
  readonly telemetry: Telemetry | undefined
  onProgress(progress: BuildProgress): void
}

/** A system at work in this process: how the parts of the runtime hang together. */
export class Engine {
  readonly system: AnySystem
  readonly settings: EngineSettings
  readonly store: SparingStore
  readonly wake: Signal
  readonly main: Space
  readonly live: Space
  readonly reader: LogReader
  readonly repository: Repository
  readonly events: Events
  readonly stopping: AbortController = new AbortController()
  readonly #stop: StopDeadline
  readonly #codec: MessageCodec | undefined
  readonly #deciding: RunContext
  readonly #early: EarlyStarts
  readonly #commands: Commands
  readonly #onBehalf: OnBehalf
  readonly #append: AppendEvents
  readonly #timers: TimerRequests
  readonly #commits: () => Commits
  #consumers: Consumers | undefined
  #housekeeping: Housekeeping | undefined
  #inFlight = 0
  #stopped: Promise<void> | undefined
  views: Readonly<Record<string, AnyView>> = {}

  /** Opens stores, checks snapshots, starts every consumer of the services and waits for views that are new. */
  static async open(system: AnySystem, settings: EngineSettings, scratch: StoreAdapter): Promise<Engine> {
    const { clock, limits, signal: abort } = settings
    abort?.throwIfAborted()
    const stop = stopDeadline(clock, settings.stopPatienceMs)
    const places = await openWithBroker(system, settings)
    const apart = await withViewsApart({ graph: system.graph, views: settings.views, store: places.store, clock })
    const patient = patientStore(withFedBuilds(system.graph, apart), clock, limits.busyDeadlineMs, stop)
    const store = sparingStore(patient, clock, settings.backstopMs / 2)
    let engine: Engine | undefined
    try {
      const main = { store, fresh: patient, codec: places.codec }
      engine = new Engine(system, settings, main, stop, await scratch.open({ clock }))
      await engine.#begin()
      abort?.throwIfAborted()
      return engine
    } catch (error) {
      await (engine?.stop() ?? store.close()).catch(() => undefined)
      throw error
    }
  }

  private constructor(
    system: AnySystem,
    settings: EngineSettings,
    main: { readonly store: SparingStore; readonly fresh: Store; readonly codec: MessageCodec | undefined },
    stop: StopDeadline,
    scratch: Store,
  ) {
    const { store } = main
    this.#codec = main.codec
    const { clock, log, leaseMs, backstopMs, limits, owner } = settings
    this.system = system
    this.settings = settings
    this.store = store
    this.#stop = stop
    this.wake = signal()
    this.reader = logReader(store.log, (page) => page.map((stored) => this.wrap(stored)))
    const shared = {
      clock,
      log,
      owner,
      leaseMs,
      backstopMs,
      wake: this.wake,
      limits,
      held: true,
      reader: () => this.reader,
    }
    this.main = space({ ...shared, ...main, stop })
    this.live = space({ ...shared, store: scratch })
    this.#commits = countBatches(this.main.queue)
    this.repository = repository(store, this.definitionOf)
    this.events = events(store.log, this.wake, backstopMs, this.stopping.signal, this.definitionOf)
    const inline = inlineViews((aggregate) => this.#running().inlineOf(aggregate), store.log, this.definitionOf, log)
    const writing = {
      graph: system.graph,
      services: settings.services,
      queue: this.main.queue,
      repository: this.repository,
      inline,
      clock,
      lanes: new StreamLanes(clock),
      beginnings: new Beginnings(),
      send: (service: string, command: CommandMessage, key: string, origin: Origin) =>
        this.#running().send(service, command, key, origin),
    }
    const { telemetry } = settings
    const deciding = { ...writing, store, authorise: settings.authorise, telemetry }
    this.#deciding = deciding
    this.#early = new EarlyStarts(this.main.queue, this.definitionOf)
    const { graph } = system
    const executing = commands({ ...deciding, queue: this.#early, definitionOf: this.definitionOf })
    this.#commands = tracedCommands(telemetry, graph, executing)
    const taking = tracedParticipant(telemetry, graph, participant(deciding))
    this.#onBehalf = onBehalf({ graph, clock, commands: this.#commands, participant: taking })
    this.#timers = timerRequests(deciding)
    const append = appender({
      ...writing,
      storeId: store.storeId,
      hasInline: (aggregate) => this.#running().inlineOf(aggregate).length > 0,
    })
    this.#append = tracedAppend(telemetry, append)
  }

  readonly definitionOf = (type: string): LogEvent['definition'] => this.system.graph.events.get(type)?.definition

  wrap(stored: StoredEvent): LogEvent {
    return new LogEvent(stored, this.definitionOf(stored.type))
  }

  get inspect(): Inspect {
    const { graph } = this.system
    const local = () => this.#running().states()
    return inspect(this.main.fresh, local, this.live.store, graph, this.#commits, this.wake)
  }

  get operate(): Operate {
    return operate({
      graph: this.system.graph,
      store: this.store,
      main: this.main,
      live: this.live,
      clock: this.settings.clock,
      wake: this.wake,
      keepers: this.#running().keepers,
      stopping: this.stopping.signal,
      accepted: (what, work) => this.#accepted(what, work),
      forget: (streams) => this.#forget(streams),
    })
  }

  attempt(command: CommandMessage, options: ExecuteOptions): Promise<Attempted<unknown, string>> {
    return this.#accepted('a command', () => this.#commands.attempt(command, options))
  }

  readonly append: AppendEvents = (aggregate, id, messages, options) =>
    this.#accepted('an append', () => this.#append(aggregate, id, messages, options))

  readonly schedule: TimerRequests['schedule'] = (command, at, options) =>
    this.#accepted('a timer', () => this.#timers.schedule(command, at, options))

  readonly unschedule: TimerRequests['unschedule'] = (service, key) =>
    this.#accepted('a timer', () => this.#timers.unschedule(service, key))

  withTransaction(client: TransactionClient): WithinCalls {
    const { store, definitionOf } = this
    const inlineOf = (aggregate: AnyAggregate) => this.#running().inlineOf(aggregate)
    const calls = within({ ...this.settings, ...this.#deciding, store, definitionOf, inlineOf }, client)
    const { attempt } = tracedCommands(this.settings.telemetry, this.system.graph, calls)
    const append = tracedAppend(this.settings.telemetry, calls.append)
    return {
      attempt: (command, options) => this.#accepted('a command', () => attempt(command, options)),
      append: (...given) => this.#accepted('an append', () => append(...given)),
      schedule: (...given) => this.#accepted('a timer', () => calls.schedule(...given)),
      unschedule: (...given) => this.#accepted('a timer', () => calls.unschedule(...given)),
      committed: () => calls.committed(),
    }
  }

  async caughtUp(timeoutMs: number, abort?: AbortSignal): Promise<boolean> {
    const deadline = this.settings.clock.now() + timeoutMs
    for (;;) {
      const seen = this.wake.seen()
      const heads = await this.#heads()
      const settled = this.#inFlight === 0 && (await this.#running().reached(heads[0]))
      // One may have given work to another while they were asked: it is the end only where nothing has moved.
      if (settled && this.#inFlight === 0 && (await this.#heads()).join() === heads.join()) return true
      const leftMs = deadline - this.settings.clock.now()
      if (leftMs <= 0 || abort?.aborted || this.stopping.signal.aborted) return false
      await this.wake.after(seen, Math.min(leftMs, this.settings.backstopMs), abort)
    }
  }

  /** What has been stored: events of the system, those of instances, and messages. */
  #heads(): Promise<readonly [number, number, number]> {
    const { log, outbox } = this.store
    return Promise.all([log.head(0), log.head(1), outbox.head()])
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#end())
  }

  async #begin(): Promise<void> {
    const { log, services, signal: abort, onProgress } = this.settings
    const own = [...this.system.graph.aggregates.values()]
      .filter((each) => services.has(each.service))
      .map((each) => each.definition)
    for (const name of await this.repository.checkSnapshots(own)) {
      log.warn('snapshots did not match a refold and were dropped', { aggregate: name })
    }
    await hearDeletions({
      store: this.main.fresh,
      clock: this.settings.clock,
      log,
      everyMs: this.settings.backstopMs,
      stop: this.stopping.signal,
      deleted: (streams) => this.#forget(streams),
    })
    const unwatch = this.store.watch(() => this.wake.raise())
    this.stopping.signal.addEventListener('abort', unwatch, { once: true })
    this.#consumers = await startConsumers({
      ...this.settings,
      system: this.system,
      wake: this.wake,
      main: this.main,
      live: this.live,
      codec: this.#codec,
      wrap: (stored) => this.wrap(stored),
      definitionOf: this.definitionOf,
      early: this.#early,
      take: (command, data, signal) => this.#counted(() => this.#onBehalf.take(command, data, signal)),
      record: (service, { key }, origin, attempt) => {
        const work = new UnitOfWork(this.repository, this.settings.clock, origin)
        return localWork(this.#deciding, service, { key, attempt, origin }, work)
      },
      execute: (command, event, key) => this.#counted(() => this.#onBehalf.executeFor(command, event, key)),
    })
    const { keepers } = this.#consumers
    const { main, live, reader, wake } = this
    this.views = openViews({
      graph: this.system.graph,
      keepers,
      main,
      live,
      reader,
      wake,
      clock: this.settings.clock,
      stop: this.stopping.signal,
      definitionOf: this.definitionOf,
    })
    this.main.begin()
    this.live.begin()
    const { graph } = this.system
    this.#housekeeping = startHousekeeping({ ...this.settings, graph, store: this.store, queue: this.main.queue })
    const stop = this.stopping.signal
    await this.#consumers.ready(abort === undefined ? stop : AbortSignal.any([stop, abort]), onProgress)
  }

  /** What is in the memory of this process goes with what was deleted in the store. */
  #forget(streams: readonly string[]): void {
    this.repository.forget(streams)
    this.store.forgetEvents()
    this.reader.forget()
  }

  /** Consumers end first: what they have in hand may still execute commands. */
  async #end(): Promise<void> {
    this.#stop.begin()
    this.stopping.abort()
    await inTurn(
      () => this.#housekeeping?.stop(),
      () => this.#consumers?.stop(),
      () => this.#idle(),
      () => this.live.close(),
      () => this.main.close(),
    )
  }

  async #idle(): Promise<void> {
    while (this.#inFlight > 0) await this.wake.after(this.wake.seen(), 100)
  }

  #accepted<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#stopped === undefined) return this.#counted(work)
    return Promise.reject(failure('EW_CLOSED', `The system ${this.system.name} was stopped before ${what} came.`))
  }

  #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight++
    const done = work()
    done.then(this.#leave, this.#leave)
    return done
  }

  readonly #leave = (): void => {
    this.#inFlight--
    if (this.#inFlight === 0) this.wake.raise()
  }

  #running(): Consumers {
    if (this.#consumers === undefined) throw failure('EW_CLOSED', 'The system has not started.')
    return this.#consumers
  }
}
