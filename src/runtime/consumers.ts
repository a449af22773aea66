import type { Clock } from '../base/clock.ts'
import { inTurn } from '../base/in-turn.ts'
import type { Log } from '../base/log.ts'
import type { Signal } from '../base/signal.ts'
import type { AnyAggregate } from '../design/aggregate.ts'
import type { CommandMessage } from '../design/message.ts'
import type { AnyEvent } from '../design/definition.ts'
import type { AnyProjection } from '../design/projection.ts'
import type { AnySystem } from '../design/system.ts'
import { viewChannelOf, type ViewChannel } from '../design/view-channel.ts'
import type { MessageCodec } from '../ports/message-codec.ts'
import type { OutboxMessage } from '../ports/outbox.ts'
import type { ParkedDelivery } from '../ports/parked.ts'
import type { StoredEvent } from '../ports/stored-event.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { usesMessages } from './messages/channel-specs.ts'
import type { ReceivedCommand } from './messages/command-message.ts'
import type { Consumer } from './loop/consumer.ts'
import type { Delivery } from './loop/delivery.ts'
import type { Origin } from './log/event-encoding.ts'
import type { InlineView } from './views/inline-views.ts'
import type { LogEvent } from './log/event.ts'
import { startMessaging, type Messaging } from './messages/messaging.ts'
import type { CommandAnswer } from './messages/reply-message.ts'
import { startSagas, type SagaConsumers } from './saga-runner/consumers.ts'
import type { AttemptSignal } from './saga-runner/attempt-signal.ts'
import type { EarlyStarts } from './saga-runner/early-starts.ts'
import type { LocalWork } from './saga-runner/options.ts'
import type { RunEffect } from './sagas/effects.ts'
import type { Space } from './loop/space.ts'
import { needed, startSubscription, type RunningSubscription } from './messages/subscriptions.ts'
import { startTimers, type TimerConsumers } from './timers/consumers.ts'
import { channelFeeding } from './views/channel-feeding.ts'
import type { ViewFeeding } from './views/feeding.ts'
import { viewKeeper, type BuildProgress, type ViewKeeper } from './views/keeper.ts'

/** What starting the consumers of a system needs. */
export interface ConsumersOptions {
  readonly system: AnySystem
  readonly services: ReadonlySet<string>
  readonly mode: 'dev' | 'production'
  readonly clock: Clock
  readonly log: Log
  readonly wake: Signal
  readonly stuckAfter: number
  /** How the messages of an outside broker are written; undefined: as JSON. */
  readonly codec: MessageCodec | undefined
  readonly backstopMs: number
  readonly telemetry: Telemetry | undefined
  /** Breaks the start off between two consumers. */
  readonly signal: AbortSignal | undefined
  /** Where the system's positions and rows are. */
  readonly main: Space
  /** Where those of live views are. */
  readonly live: Space
  wrap(stored: StoredEvent): LogEvent
  definitionOf(type: string): AnyEvent | undefined
  /** Executes a command that came over a channel. */
  take(command: ReceivedCommand, data: unknown, signal: AbortSignal): Promise<CommandAnswer>
  /** Where sagas begin together with what starts them. */
  readonly early: EarlyStarts
  /** Begins to record what a local step of a saga does. */
  record(service: string, run: RunEffect, origin: Origin, attempt: Pick<AttemptSignal, 'signal'>): LocalWork
  /** Executes a command on behalf of an event. */
  execute(command: CommandMessage, event: Delivery, idempotencyKey: string): Promise<unknown>
}

/** Every consumer that runs in this process. */
export interface Consumers {
  readonly keepers: ReadonlyMap<string, ViewKeeper>
  /** The inline views that a unit on this aggregate writes. */
  inlineOf(aggregate: AnyAggregate): readonly InlineView[]
  /** The message that brings a command of a service to its owner. Errors: EW_CONFIG, EW_DESIGN. */
  send(service: string, command: CommandMessage, idempotencyKey: string, origin: Origin): OutboxMessage
  states(): ReadonlyMap<string, { readonly state: string; readonly problem: string | undefined }>
  /** Waits until every view has been built once. */
  ready(signal: AbortSignal, onProgress: (progress: BuildProgress) => void): Promise<void>
  /** True when every consumer here has reached the position. */
  reached(position: number): Promise<boolean>
  stop(): Promise<void>
}

const projectionPage = 1_000

/** Starts views first, so that subscriptions find them; then keeps an eye on swaps until it is stopped. */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { system, services, main, live } = options
  const keepers = new Map<string, ViewKeeper>()
  const subscriptions: RunningSubscription[] = []
  let messaging: Messaging | undefined
  let sagas: SagaConsumers
  let timers: TimerConsumers
  try {
    const projections = [...system.graph.projections.values()].filter(({ service }) => services.has(service))
    for (const { definition } of projections) {
      options.signal?.throwIfAborted()
      if (viewChannelOf(system.graph, definition.name) === undefined)
        keepers.set(definition.name, await keep(options, definition))
    }
    options.signal?.throwIfAborted()
    messaging = await messagingOf(options)
    for (const { definition } of projections) {
      options.signal?.throwIfAborted()
      const fed = viewChannelOf(system.graph, definition.name)
      if (fed === undefined) continue
      const channel = channelOf(options, fed, needed(messaging, `The view ${definition.name}`))
      keepers.set(definition.name, await keep(options, definition, channel))
    }
    const subscribing = { ...options, graph: system.graph, messaging, fromLog: fromLogOf(options) }
    for (const { definition, service } of system.graph.subscriptions.values()) {
      options.signal?.throwIfAborted()
      if (services.has(service)) subscriptions.push(...(await startSubscription(subscribing, definition, service)))
    }
    sagas = await startSagas(subscribing)
    timers = await startTimers(subscribing)
  } catch (error) {
    await inTurn(main.stopConsumers, live.stopConsumers, () => stopAll([], messaging, keepers)).catch(
      (failed: unknown) => options.log.warn('stopping what had started failed', { error: failed }),
    )
    throw error
  }
  const stop = new AbortController()
  const tending = tend(options, keepers, stop.signal)
  const inline = inlineTable(system, keepers)
  const running = (): readonly Consumer[] => [
    ...[...keepers.values()].flatMap((keeper) => keeper.consumers()),
    ...subscriptions.map(({ consumer }) => consumer),
    ...sagas.consumers,
    ...timers.consumers,
    ...(messaging?.consumers() ?? []),
  ]
  return {
    keepers,
    inlineOf: (aggregate) => (inline.get(aggregate) ?? []).map((keeper) => keeper.source()),
    send: (service, command, key, origin) => needed(messaging, service).send(service, command, key, origin),
    states: () =>
      new Map(running().map(({ status }) => [status.name, { state: status.state, problem: status.problem }])),
    async ready(signal, onProgress) {
      await Promise.all([...keepers.values()].map((keeper) => keeper.ready(signal, onProgress)))
    },
    async reached(position) {
      // Positions that come from another backup say nothing of what was done.
      if (running().some(({ status }) => status.state === 'ahead')) return false
      for (const keeper of keepers.values()) {
        if (viewChannelOf(system.graph, keeper.projection.name) !== undefined) {
          // How far it is in its channel is known to whoever brings the messages.
          if (!keeper.isBuilt) return false
        } else if (!(await settled(keeper.projection.mode === 'live' ? live : main, keeper.source().consumer, position)))
          return false
      }
      for (const { name, readsLog } of subscriptions)
        if (readsLog && !(await settled(main, name, position))) return false
      // What is sent by now is looked for in the channels after this.
      if (!(await timers.isQuiet())) return false
      return (messaging === undefined || (await messaging.isQuiet(position))) && (await sagas.isQuiet(position))
    },
    async stop() {
      stop.abort()
      options.wake.raise()
      const handlers = [...subscriptions.map(({ consumer }) => consumer), ...sagas.consumers, ...timers.consumers]
      await inTurn(
        () => tending,
        () => stopAll(handlers, messaging, keepers),
      )
    },
  }
}

/** A store without a broker of its own brings no messages; what needs them is refused where it is declared. */
async function messagingOf(options: ConsumersOptions): Promise<Messaging | undefined> {
  const { system, main } = options
  const { broker } = main.store
  const { graph } = system
  if (broker === null || !usesMessages(graph)) return undefined
  return startMessaging({
    ...options,
    graph,
    broker,
    fromLog: fromLogOf(options),
    execute: options.take,
  })
}

/** Views go on until nobody handles events any more, since handlers may wait for them. */
async function stopAll(
  handlers: readonly Consumer[],
  messaging: Messaging | undefined,
  keepers: ReadonlyMap<string, ViewKeeper>,
): Promise<void> {
  await inTurn(
    () => Promise.all(handlers.map((consumer) => consumer.stop())),
    () => messaging?.stop(),
    () => Promise.all([...keepers.values()].map((keeper) => keeper.stop())),
    () => messaging?.close(),
  )
}

/** A key that is being replayed is work in flight; one that stays parked is not. */
async function settled(space: Space, consumer: string, position: number): Promise<boolean> {
  return (
    (await space.progress.settled(consumer)) >= position &&
    (await space.store.parked.resuming(consumer, { limit: 1 })).length === 0
  )
}

function keep(options: ConsumersOptions, projection: AnyProjection, channel?: ViewFeeding): Promise<ViewKeeper> {
  const { clock, log, wake, stuckAfter, mode, main, live } = options
  const space = projection.mode === 'live' ? live : main
  return viewKeeper({
    projection,
    space,
    buckets: space.store.buckets.projections,
    clock,
    log,
    wake,
    stuckAfter,
    mode,
    pageEvents: projectionPage,
    head: () => main.store.log.head(0),
    again: fromLogOf(options),
    ...(channel !== undefined && { channel }),
  })
}

function channelOf({ main: space, clock, log }: ConsumersOptions, fed: ViewChannel, messaging: Messaging): ViewFeeding {
  return channelFeeding({ fed, space, broker: space.store.broker!, messaging, clock, log })
}

/**
 * Swaps happen seldom, so a look now and then is enough; a commit wakes it early only while something is being built.
 */
async function tend(
  options: ConsumersOptions,
  keepers: ReadonlyMap<string, ViewKeeper>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await options.clock.sleep(options.backstopMs / 2, stop)
    for (const keeper of keepers.values()) {
      if (stop.aborted) return
      await keeper
        .tend()
        .catch((error: unknown) => options.log.warn('tending a view failed', { view: keeper.projection.name, error }))
    }
  }
}

/** Composition has checked that all events of an inline view belong to one aggregate. */
function inlineTable(
  system: AnySystem,
  keepers: ReadonlyMap<string, ViewKeeper>,
): ReadonlyMap<AnyAggregate, readonly ViewKeeper[]> {
  const inline = [...keepers.values()].filter((keeper) => keeper.projection.mode === 'inline')
  return new Map(
    [...system.graph.aggregates.values()].map(({ definition }) => {
      const types = new Set(definition.events.map((event) => event.type))
      return [definition, inline.filter((keeper) => keeper.projection.from.every((event) => types.has(event.type)))]
    }),
  )
}

function fromLogOf({ main, wrap }: ConsumersOptions): (waiting: readonly ParkedDelivery[]) => Promise<LogEvent[]> {
  return async (waiting) => (await main.store.log.at(waiting.map(({ position }) => position))).map((each) => wrap(each))
}
