import type { Clock } from '../../base/clock.ts'
import { randomUnit } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import { derivedChannelName } from '../../design/composition/derived-channels.ts'
import type { EventFeed } from '../../design/composition/feeds.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { AnyProcess } from '../../design/sagas/process.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import { parkedMessage } from '../messages/channel-event.ts'
import type { ReceivedCommand } from '../messages/command-message.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import type { Origin } from '../log/event-encoding.ts'
import { handlerText } from '../parking/handler-text.ts'
import type { AttemptSignal } from './attempt-signal.ts'
import type { EarlySaga, EarlyStarts } from './early-starts.ts'
import { mailRouter } from './mail-router.ts'
import { MessageDelivery } from '../messages/message-delivery.ts'
import type { Messaging } from '../messages/messaging.ts'
import { receivedReply, type CommandAnswer } from '../messages/reply-message.ts'
import { logFrom } from './instance-log.ts'
import { eventMail, processMail, replyMail } from './mail.ts'
import type { LocalWork, RunnerOptions } from './options.ts'
import { processRunner, sagaRunner } from './runner.ts'
import type { RunEffect, SendEffect } from '../sagas/effects.ts'
import type { Feed, Space } from '../loop/space.ts'
import { needed } from '../messages/subscriptions.ts'
import { deliverySpans } from '../telemetry/delivery-spans.ts'

/** What starting sagas and processes needs. */
export interface SagaConsumersOptions {
  readonly graph: Graph
  readonly services: ReadonlySet<string>
  readonly clock: Clock
  readonly log: Log
  readonly wake: Signal
  readonly stuckAfter: number
  readonly main: Space
  readonly messaging: Messaging | undefined
  readonly telemetry?: Telemetry | undefined
  /** Breaks the start off between two consumers. */
  readonly signal: AbortSignal | undefined
  /** Where sagas begin together with what starts them; they do not where it is left out. */
  readonly early?: EarlyStarts
  fromLog(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /** Executes a command of a service of this process, once for its key. */
  take(command: ReceivedCommand, data: unknown, signal: AbortSignal): Promise<CommandAnswer>
  /** Begins to record what a local step of a service does. */
  record(service: string, run: RunEffect, origin: Origin, attempt: Pick<AttemptSignal, 'signal'>): LocalWork
}

/** The running sagas and processes of this process. */
export interface SagaConsumers {
  readonly consumers: readonly Consumer[]
  /** Whether every event up to a position is told, and no instance is on its way; one that waits or is stuck is not. */
  isQuiet(position: number): Promise<boolean>
}

type Declaration = AnySaga | AnyProcess

const pageEvents = 200
const moving: ReadonlySet<string> = new Set(['running', 'compensating'])

/** Starts, for each saga and process, a runner and what brings it events; for each service that asks, its replies. */
export async function startSagas(options: SagaConsumersOptions): Promise<SagaConsumers> {
  const { graph, services, main, signal } = options
  const consumers: Consumer[] = []
  const logReaders: string[] = []
  const declared = [...graph.sagas.values(), ...graph.processes.values()].filter(({ service }) => services.has(service))
  for (const { definition, service } of declared) {
    signal?.throwIfAborted()
    const early = earlySagaOf(options, definition)
    for (const feed of graph.feeds.get(`${definition.kind}:${definition.name}`)!.feeds) {
      const name = `${service}/${definition.kind}:${definition.name}<${feed.source}`
      consumers.push(await routeEvents(options, definition, { name, feed, early }))
      if (feed.channel === undefined) logReaders.push(name)
    }
    consumers.push(await run(options, definition, service, early))
  }
  for (const service of services)
    if (graph.derivedChannels.has(derivedChannelName(service, 'replies')))
      consumers.push(await routeReplies(options, service))
  return {
    consumers,
    async isQuiet(position) {
      for (const name of logReaders) if ((await main.progress.settled(name)) < position) return false
      for (const { definition } of declared) if (await isMoving(main, definition.name)) return false
      for (const { status } of consumers)
        if ((await main.store.parked.resuming(status.name, { limit: 1 })).length > 0) return false
      return true
    },
  }
}

async function isMoving({ fresh: store }: Space, name: string): Promise<boolean> {
  const counts = await store.sagas.counts(name)
  if (counts.some(({ status, count }) => moving.has(status) && count > 0)) return true
  // What waits for an instance that waits for it stays; everything else is read soon.
  for (let after = 0; ;) {
    const mail = await store.sagas.mail(name, after, pageEvents)
    if (mail.some(({ kind }) => kind !== 'awaited')) return true
    if (mail.length < pageEvents) return false
    after = mail.at(-1)!.seq
  }
}

async function routeEvents(
  options: SagaConsumersOptions,
  definition: Declaration,
  { name, feed, early }: { readonly name: string; readonly feed: EventFeed; readonly early: EarlySaga | undefined },
): Promise<Consumer> {
  const { main, messaging, fromLog, telemetry } = options
  const readsLog = feed.channel === undefined
  const types = new Set(feed.events.map(({ type }) => type))
  const handler = () =>
    mailRouter({
      ...keyed(options, name),
      handlers: textOf(definition),
      again: async (waiting) => (readsLog ? fromLog(waiting) : needed(messaging, name).again(waiting)),
      takes: (event) =>
        event.fault !== undefined || (types.has(event.type) && early?.hasStarted(event.meta.id) !== true),
      mailOf: (event) => (definition.kind === 'saga' ? eventMail(definition, event) : processMail(definition, event)),
      spans: deliverySpans(telemetry, main.store.broker, name),
    })
  const from = readsLog ? 0 : await channelOf(messaging, name, feed)
  return main.consume({ name, handler, pageEvents, from, buckets: main.store.buckets.subscriptions })
}

/** A saga that is started by events of the log and waits for none of them as well. */
function earlySagaOf({ graph, early }: SagaConsumersOptions, definition: Declaration): EarlySaga | undefined {
  if (definition.kind !== 'saga' || early === undefined) return undefined
  const { type } = definition.startedBy
  const { feeds } = graph.feeds.get(`saga:${definition.name}`)!
  const isFromLog = feeds.some(
    ({ channel, events }) => channel === undefined && events.some((each) => each.type === type),
  )
  return isFromLog ? early.add(definition) : undefined
}

function textOf(definition: Declaration): string {
  return definition.kind === 'saga' ? handlerText.saga(definition) : handlerText.process(definition)
}

function channelOf(messaging: Messaging | undefined, name: string, { channel }: EventFeed): Promise<Feed> {
  const using = needed(messaging, name)
  return using.feed(channel!.name, name, 'oldest', (message) => using.event(message))
}

async function routeReplies(options: SagaConsumersOptions, service: string): Promise<Consumer> {
  const name = `${service}/replies`
  const open = (message: ChannelMessage): MessageDelivery => new MessageDelivery(message)
  const handler = () =>
    mailRouter({
      ...keyed(options, name),
      // What an answer means is no code of anybody here.
      handlers: 'replies',
      again: async (waiting) => waiting.map(({ raw }) => open(parkedMessage(raw!))),
      takes: () => true,
      mailOf: ({ received }, within) => [replyMail(receivedReply(received!), within)],
      spans: deliverySpans(options.telemetry, options.main.store.broker, name),
    })
  const channel = derivedChannelName(service, 'replies')
  const from = await needed(options.messaging, name).feed(channel, name, 'oldest', open)
  return options.main.consume({ name, handler, pageEvents, from })
}

function keyed({ main, clock, stuckAfter }: SagaConsumersOptions, consumer: string) {
  return { consumer, parked: main.store.parked, commit: main.commitAside, clock, stuckAfter }
}

async function run(
  options: SagaConsumersOptions,
  definition: Declaration,
  service: string,
  early: EarlySaga | undefined,
): Promise<Consumer> {
  const { main, clock, log, wake, graph, telemetry } = options
  const name = `${service}/${definition.kind}:${definition.name}`
  const shared: RunnerOptions = {
    service,
    store: main.store,
    commit: main.commitAside,
    early: early && { saga: early, fence: main.fence },
    clock,
    log,
    wake,
    random: randomUnit,
    telemetry,
    ownerOf: (command) => graph.commands.get(command)!.service,
  }
  const made = (): Handler =>
    definition.kind === 'process'
      ? processRunner({ ...shared, process: definition })
      : sagaRunner({
          ...shared,
          saga: definition,
          execute: (effect, origin, signal) => options.take(commandOf(effect, origin), effect.data, signal),
          record: (effect, origin, attempt) => options.record(service, effect, origin, attempt),
          alert: ({ kind: _, ...alert }, origin) => logFrom(log, [], origin).error('a saga needs somebody', alert),
        })
  // Sagas have no source: everything that reaches them is mail.
  // One for all buckets, since what is known of an instance outlasts that others come or go.
  let runner: Handler | undefined
  const handler = (): Handler => (runner ??= made())
  const source = { after: async () => [] }
  const from: Feed = { name: storeSources.mail, spread: main.store.buckets.sagas, starts: [0], source }
  return main.consume({ name, handler, pageEvents: 1, from })
}

function commandOf({ command: type, key, ...terms }: SendEffect, origin: Origin): ReceivedCommand {
  const { undoes, deadlineAtMs, attemptMs, finalRefusals } = terms
  return {
    id: key,
    type,
    idempotencyKey: key,
    origin,
    replyTo: undefined,
    terms: { undoes, deadlineAtMs, attemptMs, finalRefusals },
  }
}
