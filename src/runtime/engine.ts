import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { signal, type Signal } from '../base/signal.ts'
import type { AnyAggregate } from '../design/aggregate.ts'
import { reject } from '../design/decision.ts'
import { restoredCommand, type CommandMessage } from '../design/message.ts'
import type { AnySystem } from '../design/system.ts'
import type { Store, StoreAdapter } from '../ports/store.ts'
import type { StoredEvent } from '../ports/stored-event.ts'
import type { Attempted } from './commands/outcome.ts'
import { appender, type AppendEvents } from './commands/append.ts'
import type { ReceivedCommand, StepTerms } from './messages/command-message.ts'
import type { RunContext } from './commands/run.ts'
import { commands, type Commands } from './commands/commands.ts'
import type { CommitLimits } from './commit-queue.ts'
import { startConsumers, type Consumers } from './consumers.ts'
import { deadLetterOrders } from './parking/dead-letters.ts'
import { events, type Events } from './log/events.ts'
import type { Authorise, ExecuteOptions } from './commands/execute-options.ts'
import { startHousekeeping, type Housekeeping } from './housekeeping/housekeeping.ts'
import { inlineViews } from './views/inline-views.ts'
import { inspect, type Inspect } from './inspect.ts'
import type { Delivery } from './loop/delivery.ts'
import type { Origin } from './log/event-encoding.ts'
import type { KeepMs } from './housekeeping/keep.ts'
import { LogEvent } from './log/event.ts'
import { localWork } from './commands/local-work.ts'
import { logReader, type LogReader } from './log/reader.ts'
import { operate, type Operate } from './operate.ts'
import { operateSagas } from './saga-runner/operate-sagas.ts'
import { ordinaryTerms } from './messages/messaging.ts'
import { participant, type Participant, type StepRequest } from './commands/participant.ts'
import { patientStore } from './loop/patient-store.ts'
import type { CommandAnswer } from './messages/reply-message.ts'
import { repository, type Repository } from './commands/repository.ts'
import { attemptSignal } from './saga-runner/attempt-signal.ts'
import { space, type Space } from './loop/space.ts'
import { timerRequests, type TimerRequests } from './timers/requests.ts'
import { UnitOfWork } from './commands/unit-of-work.ts'
import { viewChanges } from './views/changes.ts'
import type { BuildProgress, ViewKeeper } from './views/keeper.ts'
import { view, type AnyView, type ViewSource } from './views/views.ts'

/** Settings with every default filled in. */
export interface EngineSettings {
  readonly store: StoreAdapter
  readonly services: ReadonlySet<string>
  readonly mode: 'dev' | 'production'
  readonly authorise: Authorise | undefined
  readonly log: Log
  readonly clock: Clock
  readonly leaseMs: number
  readonly backstopMs: number
  readonly stuckAfter: number
  readonly limits: CommitLimits
  readonly keep: KeepMs
  readonly owner: string
  readonly signal: AbortSignal | undefined
  onProgress(progress: BuildProgress): void
}

/** A system at work in this process: how the parts of the runtime hang together. */
export class Engine {
  readonly system: AnySystem
  readonly settings: EngineSettings
  readonly store: Store
  readonly wake: Signal
  readonly main: Space
  readonly live: Space
  readonly reader: LogReader
  readonly repository: Repository
  readonly events: Events
  readonly stopping: AbortController = new AbortController()
  readonly #deciding: RunContext
  readonly #commands: Commands
  readonly #participant: Participant
  readonly #append: AppendEvents
  readonly #timers: TimerRequests
  #consumers: Consumers | undefined
  #housekeeping: Housekeeping | undefined
  #inFlight = 0
  #stopped: Promise<void> | undefined
  views: Readonly<Record<string, AnyView>> = {}

  /** Opens stores, checks snapshots, starts every consumer of the services and waits for views that are new. */
  static async open(system: AnySystem, settings: EngineSettings, scratch: StoreAdapter): Promise<Engine> {
    const { clock, limits, signal: abort } = settings
    abort?.throwIfAborted()
    const store = patientStore(await settings.store.open({ clock }), clock, limits.busyDeadlineMs)
    let engine: Engine | undefined
    try {
      engine = new Engine(system, settings, store, await scratch.open({ clock }))
      await engine.#begin()
      abort?.throwIfAborted()
      return engine
    } catch (error) {
      await (engine?.stop() ?? store.close()).catch(() => undefined)
      throw error
    }
  }

  private constructor(system: AnySystem, settings: EngineSettings, store: Store, scratch: Store) {
    const { clock, log, leaseMs, backstopMs, limits, owner } = settings
    this.system = system
    this.settings = settings
    this.store = store
    this.wake = signal()
    this.reader = logReader(store.log, (page) => page.map((stored) => this.wrap(stored)))
    const shared = {
      clock,
      log,
      owner,
      leaseMs,
      backstopMs,
      buckets: 1,
      wake: this.wake,
      limits,
      held: true,
      reader: () => this.reader,
    }
    this.main = space({ ...shared, store })
    this.live = space({ ...shared, store: scratch })
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
      send: (service: string, command: CommandMessage, key: string, origin: Origin) =>
        this.#running().send(service, command, key, origin),
    }
    const deciding = { ...writing, store, authorise: settings.authorise }
    this.#deciding = deciding
    this.#commands = commands({ ...deciding, definitionOf: this.definitionOf })
    this.#participant = participant(deciding)
    this.#timers = timerRequests(deciding)
    this.#append = appender({
      ...writing,
      storeId: store.storeId,
      hasInline: (aggregate) => this.#running().inlineOf(aggregate).length > 0,
    })
  }

  readonly definitionOf = (type: string): LogEvent['definition'] => this.system.graph.events.get(type)?.definition

  wrap(stored: StoredEvent): LogEvent {
    return new LogEvent(stored, this.definitionOf(stored.type))
  }

  get inspect(): Inspect {
    return inspect(this.store, () => this.#running().states(), this.live.store, this.system.graph)
  }

  get operate(): Operate {
    const stores = [this.store, this.live.store]
    const sagas = operateSagas({
      store: this.store,
      commit: this.main.queue.commit,
      sagaOf: (name) => this.system.graph.sagas.get(name)?.definition,
    })
    return operate(deadLetterOrders(stores, this.system.graph, this.wake), sagas, this.#running().keepers)
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

  async caughtUp(timeoutMs: number, abort?: AbortSignal): Promise<boolean> {
    const deadline = this.settings.clock.now() + timeoutMs
    for (;;) {
      const seen = this.wake.seen()
      const head = await this.store.log.head(0)
      const settled = this.#inFlight === 0 && (await this.#running().reached(head))
      // Consumers may have executed commands while they were asked; only an unchanged head is the end.
      if (settled && this.#inFlight === 0 && (await this.store.log.head(0)) === head) return true
      const leftMs = deadline - this.settings.clock.now()
      if (leftMs <= 0 || abort?.aborted || this.stopping.signal.aborted) return false
      await this.wake.after(seen, Math.min(leftMs, this.settings.backstopMs), abort)
    }
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
    const unwatch = this.store.watch(() => this.wake.raise())
    this.stopping.signal.addEventListener('abort', unwatch, { once: true })
    this.#consumers = await startConsumers({
      ...this.settings,
      system: this.system,
      wake: this.wake,
      main: this.main,
      live: this.live,
      wrap: (stored) => this.wrap(stored),
      definitionOf: this.definitionOf,
      take: (command, data, signal) => this.#take(command, data, signal),
      record: (service, { key }, origin, signal) => {
        const work = new UnitOfWork(this.repository, this.settings.clock, origin)
        return localWork(this.#deciding, service, { key, signal, origin }, work)
      },
      execute: (command, event, idempotencyKey) => this.#executeFor(command, event, idempotencyKey),
    })
    this.views = this.#openViews(this.#consumers)
    this.main.begin()
    this.live.begin()
    const { graph } = this.system
    this.#housekeeping = startHousekeeping({ ...this.settings, graph, store: this.store, queue: this.main.queue })
    const stop = this.stopping.signal
    await this.#consumers.ready(abort === undefined ? stop : AbortSignal.any([stop, abort]), onProgress)
  }

  /** Consumers end first: what they have in hand may still execute commands. */
  async #end(): Promise<void> {
    this.stopping.abort()
    await this.#housekeeping?.stop()
    await this.#consumers?.stop()
    while (this.#inFlight > 0) await this.wake.after(this.wake.seen(), 100)
    await this.live.close()
    await this.main.close()
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

  async #take(command: ReceivedCommand, data: unknown, signal: AbortSignal): Promise<CommandAnswer> {
    const { type, terms } = command
    const definition = this.system.graph.commands.get(type)?.definition
    if (definition === undefined) throw failure('EW_DESIGN', `The system ${this.system.name} has no command ${type}.`)
    const { attemptMs, ...request } = terms ?? ordinaryTerms
    const attempt = attemptMs === null ? undefined : attemptSignal(this.settings.clock, attemptMs, signal)
    try {
      const options = { ...request, ...optionsOf(command, attempt?.signal ?? signal) }
      const answer = await this.#counted(() => this.#participant.execute(restoredCommand(definition, data), options))
      if (answer.status === 'refused') return answer
      return answer.reply === undefined ? { status: 'done' } : { status: 'done', output: answer.reply }
    } finally {
      attempt?.end()
    }
  }

  async #executeFor(command: CommandMessage, event: Delivery, idempotencyKey: string): Promise<unknown> {
    const { correlationId, id: causationId, traceparent, actor, tenant } = event.meta
    const answer = await this.#counted(() =>
      this.#commands.attempt(command, {
        idempotencyKey,
        correlationId,
        causationId,
        ...(traceparent !== undefined && { traceparent }),
        ...(actor !== undefined && { actor }),
        ...(tenant !== undefined && { tenant }),
      }),
    )
    return answer.ok ? answer.reply : reject(answer.code, answer.detail)
  }

  #running(): Consumers {
    if (this.#consumers === undefined) throw failure('EW_CLOSED', 'The system has not started.')
    return this.#consumers
  }

  /** When a rebuild is swapped in meanwhile, the wait goes on for the generation that is read from then on. */
  async #reached(
    keeper: ViewKeeper,
    within: Space,
    position: number,
    timeoutMs: number,
    key: string | undefined,
  ): Promise<ViewSource | undefined> {
    const { clock } = this.settings
    const deadline = clock.now() + timeoutMs
    const bucket = key === undefined ? {} : { bucket: within.bucketOf(key) }
    for (;;) {
      const source = keeper.source()
      const wanted = (): boolean => keeper.source() === source
      const limits = { timeoutMs: Math.max(0, deadline - clock.now()), abort: this.stopping.signal, wanted, ...bucket }
      if (await within.progress.reached(source.consumer, position, limits)) return source
      if (wanted()) return undefined
    }
  }

  #openViews(consumers: Consumers): Readonly<Record<string, AnyView>> {
    const open: Record<string, AnyView> = Object.create(null)
    for (const [name, keeper] of consumers.keepers) {
      const within = keeper.projection.mode === 'live' ? this.live : this.main
      open[name] = view({
        storeId: this.store.storeId,
        parked: within.store.parked,
        source: () => keeper.source(),
        reached: (position, timeoutMs, key) => this.#reached(keeper, within, position, timeoutMs, key),
        changes: (signal) =>
          viewChanges({
            reader: this.reader,
            progress: within.progress,
            wake: this.wake,
            source: () => keeper.source(),
            head: () => this.store.log.head(0),
            stop: signal === undefined ? this.stopping.signal : AbortSignal.any([this.stopping.signal, signal]),
          }),
      })
    }
    return Object.freeze(open)
  }
}

function optionsOf(
  { idempotencyKey: key, origin }: ReceivedCommand,
  signal: AbortSignal,
): Omit<StepRequest, keyof StepTerms> {
  const { correlationId, causationId, traceparent, actor, tenant } = origin
  return {
    key,
    signal,
    correlationId,
    causationId,
    ...(traceparent !== undefined && { traceparent }),
    ...(actor !== undefined && { actor }),
    ...(tenant !== undefined && { tenant }),
  }
}
