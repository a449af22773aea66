import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { inTurn } from '../../base/in-turn.ts'
import { canonicalJson } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import type { AnyChannel } from '../../design/channel.ts'
import { derivedChannelName } from '../../design/composition/derived-channels.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import type { CommandMessage } from '../../design/message.ts'
import { storeSources } from '../../design/sources.ts'
import type { Broker, ChannelMessage } from '../../ports/broker.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import { ChannelEvent, eventMessage } from './channel-event.ts'
import { parkedAgain } from './parked-again.ts'
import { channelFeed, type ChannelFeed, type ChannelFeedOptions } from './channel-feed.ts'
import { channelSpecs } from './channel-specs.ts'
import { commandConsumer } from './command-consumer.ts'
import { commandMessage, orderingKey, type ReceivedCommand } from './command-message.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Origin } from '../log/event-encoding.ts'
import { handlerText } from '../parking/handler-text.ts'
import { LogEvent } from '../log/event.ts'
import type { Handler } from '../loop/handler.ts'
import { MessageDelivery } from './message-delivery.ts'
import { OutboxDelivery, outboxRelay, outboxSource, parkedRow } from './outbox-delivery.ts'
import { refeedOwners, refeedRequestConsumer, refeedRequests } from './refeed-names.ts'
import { startRefeedSending, type RefeedSending } from './refeed-sender.ts'
import { relayHandler } from './relay.ts'
import type { CommandAnswer } from './reply-message.ts'
import type { Space } from '../loop/space.ts'
import { deliverySpans } from '../telemetry/delivery-spans.ts'

/** What bringing messages to and from the channels of this process needs. */
export interface MessagingOptions {
  readonly graph: Graph
  readonly services: ReadonlySet<string>
  readonly broker: Broker
  /** How the broker's messages are written; undefined: as JSON. */
  readonly codec: MessageCodec | undefined
  readonly main: Space
  readonly clock: Clock
  readonly log: Log
  readonly wake: Signal
  readonly stuckAfter: number
  readonly backstopMs: number
  readonly telemetry?: Telemetry | undefined
  /** Breaks the start off between two services. */
  readonly signal: AbortSignal | undefined
  definitionOf(type: string): AnyEvent | undefined
  fromLog(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /** Executes a command that came over a channel. */
  execute(command: ReceivedCommand, data: unknown, signal: AbortSignal): Promise<CommandAnswer>
}

/** The relays and command consumers of this process, and what others need to use channels. */
export interface Messaging {
  consumers(): readonly Consumer[]
  /** A channel as the feed of a consumer; closed with the rest. */
  feed(channel: string, group: string, startAt: ChannelFeedOptions['startAt'], open: Opens): Promise<ChannelFeed>
  /** An event of a channel. */
  event(message: ChannelMessage): ChannelEvent
  /** Events of channels that were parked. */
  again(waiting: readonly ParkedDelivery[]): Promise<readonly ChannelEvent[]>
  /** The message that brings a command to its owner. Error: EW_DESIGN for one that nobody handles. */
  send(service: string, command: CommandMessage, idempotencyKey: string, origin: Origin): OutboxMessage
  /** Whether nothing is on its way: events up to a position are relayed, what is read of channels is at its end. */
  isQuiet(position: number): Promise<boolean>
  /** Stops relays and consumers of commands; feeds go on. */
  stop(): Promise<void>
  /** Leaves every channel. */
  close(): Promise<void>
}

/** Makes a delivery of a message. */
export type Opens = (message: ChannelMessage) => Delivery

const relayPage = 500
const commandPage = 200

/** Makes the channels that the services here use and starts what feeds and empties them. */
export async function startMessaging(options: MessagingOptions): Promise<Messaging> {
  const { graph, services, broker } = options
  await broker.ensure(channelSpecs(graph, services))
  const messaging = new ChannelWork(options)
  try {
    await messaging.begin()
    return messaging
  } catch (error) {
    await inTurn(
      () => messaging.stop(),
      () => messaging.close(),
    ).catch((failed: unknown) => options.log.warn('stopping what had started failed', { error: failed }))
    throw error
  }
}

class ChannelWork implements Messaging {
  readonly #consumers = new Map<string, Consumer>()
  readonly #options: MessagingOptions
  #feeds: { readonly consumer: string; readonly feed: ChannelFeed }[] = []
  readonly #refeeds: RefeedSending[] = []
  readonly #logRelays: string[] = []
  readonly #outboxRelays: string[] = []

  constructor(options: MessagingOptions) {
    this.#options = options
  }

  consumers(): readonly Consumer[] {
    return [...this.#consumers.values(), ...this.#refeeds.flatMap((sending) => sending.consumers())]
  }

  async begin(): Promise<void> {
    const { graph, services, signal } = this.#options
    const asked = refeedOwners(graph)
    for (const name of services) {
      signal?.throwIfAborted()
      for (const channel of graph.services.get(name)!.publishes)
        if (!graph.derivedChannels.has(channel.name)) await this.#relayEvents(name, channel)
      await this.#relayOutbox(name)
      if (graph.derivedChannels.has(derivedChannelName(name, 'commands'))) await this.#takeCommands(name)
      if (asked.has(name)) this.#refeeds.push(await this.#sendAgain(name))
    }
  }

  async feed(
    channel: string,
    group: string,
    startAt: ChannelFeedOptions['startAt'],
    open: Opens,
  ): Promise<ChannelFeed> {
    const { broker, clock, log, backstopMs, wake } = this.#options
    const feed = await channelFeed({ broker, clock, log, backstopMs, wake, channel, group, startAt, open })
    const entry = { consumer: group, feed }
    this.#feeds.push(entry)
    if (startAt !== 'now') await this.#sayWhatIsGone(channel, group, feed)
    const close = async (): Promise<void> => {
      this.#feeds = this.#feeds.filter((each) => each !== entry)
      await feed.close()
    }
    return { ...feed, close }
  }

  event(message: ChannelMessage): ChannelEvent {
    return new ChannelEvent(message, this.#options.definitionOf)
  }

  async again(waiting: readonly ParkedDelivery[]): Promise<readonly ChannelEvent[]> {
    const messages = await Promise.all(waiting.map(({ raw }) => parkedAgain(raw!, this.#options.codec)))
    return messages.map((message) => this.event(message))
  }

  send(service: string, command: CommandMessage, idempotencyKey: string, origin: Origin): OutboxMessage {
    const { graph, clock } = this.#options
    const entry = graph.commands.get(command.type)
    if (entry === undefined) throw failure('EW_DESIGN', `${service} sends ${command.type}, which no service handles.`)
    const key = orderingKey(graph, command.type, command.data, idempotencyKey)
    const data = canonicalJson(entry.definition.encode(command.data))
    return commandMessage(
      service,
      entry.service,
      { type: command.type, data, idempotencyKey, key, origin },
      clock.now(),
    )
  }

  async isQuiet(position: number): Promise<boolean> {
    const { main } = this.#options
    const outboxHead = await main.store.outbox.head()
    for (const name of this.#logRelays) if ((await main.progress.settled(name)) < position) return false
    for (const name of this.#outboxRelays) if ((await main.progress.settled(name)) < outboxHead) return false
    for (const { consumer, feed } of this.#feeds) {
      const rows = await main.store.ownership.list(consumer)
      if (!(await feed.isDrained(new Map(rows.map((row) => [row.bucket, row.position]))))) return false
    }
    const all = [...this.#logRelays, ...this.#outboxRelays, ...this.#feeds.map(({ consumer }) => consumer)]
    // A key that is being replayed is work under way; one that stays parked is not.
    for (const name of all) if ((await main.store.parked.resuming(name, { limit: 1 })).length > 0) return false
    return (await main.store.outbox.head()) === outboxHead
  }

  async stop(): Promise<void> {
    await inTurn(
      () => Promise.all(this.#refeeds.map((sending) => sending.stop())),
      () => Promise.all([...this.#consumers.values()].map((consumer) => consumer.stop())),
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.#feeds.map(({ feed }) => feed.close()))
  }

  async #relayEvents(service: string, channel: AnyChannel): Promise<void> {
    const { main } = this.#options
    const consumer = `${service}/relay:${channel.name}`
    const handler = () => this.#eventRelay(service, channel, channel.name, consumer)
    this.#logRelays.push(consumer)
    const from = { from: 0, buckets: main.store.buckets.relay }
    this.#consumers.set(consumer, await main.consume({ name: consumer, handler, pageEvents: relayPage, ...from }))
  }

  /** What brings the events of a channel there, or to one that is derived from it. */
  #eventRelay(service: string, channel: AnyChannel, to: string, consumer: string): Handler {
    const { fromLog, broker, telemetry } = this.#options
    const carried = new Set(channel.carries.map(({ type }) => type))
    return relayHandler({
      ...this.#keyed(consumer),
      broker,
      // What is sent again is no part of what once was told.
      telemetry: to === channel.name ? telemetry : undefined,
      again: fromLog,
      messageOf(event) {
        if (!(event instanceof LogEvent) || !carried.has(event.type)) return undefined
        const key = (event.data as Readonly<Record<string, unknown>>)[channel.key]
        return eventMessage(event, service, to, String(key))
      },
    })
  }

  #sendAgain(service: string): Promise<RefeedSending> {
    const { graph, backstopMs } = this.#options
    const published = new Map(graph.services.get(service)!.publishes.map((channel) => [channel.name, channel]))
    const open = (message: ChannelMessage): MessageDelivery => new MessageDelivery(message)
    return startRefeedSending({
      ...this.#options,
      service,
      lookMs: backstopMs,
      publishes: (channel) => published.has(channel),
      requests: () => this.feed(refeedRequests(service), refeedRequestConsumer(service), 'oldest', open),
      relay: (channel, refeed, consumer) => this.#eventRelay(service, published.get(channel)!, refeed, consumer),
    })
  }

  async #relayOutbox(service: string): Promise<void> {
    const { main, broker, telemetry } = this.#options
    const consumer = outboxRelay(service)
    const handler = () =>
      relayHandler({
        ...this.#keyed(consumer),
        broker,
        telemetry,
        again: async (waiting) => waiting.map(({ raw }) => parkedRow(raw!)),
        messageOf: (event) =>
          event instanceof OutboxDelivery && event.row.service === service ? event.message : undefined,
      })
    const from = { name: storeSources.outbox, starts: [0], source: outboxSource(main.store.outbox) }
    this.#outboxRelays.push(consumer)
    this.#consumers.set(consumer, await main.consume({ name: consumer, handler, pageEvents: relayPage, from }))
  }

  async #takeCommands(service: string): Promise<void> {
    const { graph, main, clock, stuckAfter, execute, broker, telemetry } = this.#options
    const consumer = `${service}/commands`
    const personalIn = (type: string) => graph.commands.get(type)?.definition.pii
    const open = (message: ChannelMessage): MessageDelivery => new MessageDelivery(message, personalIn)
    const again = async (waiting: readonly ParkedDelivery[]) =>
      (await Promise.all(waiting.map(({ raw }) => parkedAgain(raw!, this.#options.codec)))).map(open)
    const handlers = handlerText.commands(graph, service)
    const spans = deliverySpans(telemetry, broker, consumer)
    const taking = { ...this.#keyed(consumer), service, clock, stuckAfter, handlers, again, execute, spans }
    const handler = () => commandConsumer(taking)
    const from = await this.feed(derivedChannelName(service, 'commands'), consumer, 'oldest', open)
    this.#consumers.set(consumer, await main.consume({ name: consumer, handler, pageEvents: commandPage, from }))
  }

  async #sayWhatIsGone(channel: string, consumer: string, { starts }: ChannelFeed): Promise<void> {
    const { main, log } = this.#options
    const gone = starts.reduce((sum, start) => sum + start, 0)
    if (gone === 0 || (await main.store.ownership.list(consumer)).some(({ source }) => source === channel)) return
    log.warn('a new reader begins behind messages that its channel has deleted', { consumer, channel, gone })
  }

  #keyed(consumer: string) {
    const { main } = this.#options
    return { consumer, parked: main.store.parked, commit: main.commitAside }
  }
}
