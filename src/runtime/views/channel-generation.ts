import type { Clock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { ViewChannel } from '../../design/view-channel.ts'
import type { Broker } from '../../ports/broker.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import type { ViewBuild } from '../../ports/views.ts'
import type { ChannelFeed } from '../messages/channel-feed.ts'
import { boundsOf } from '../messages/channel-bounds.ts'
import { refeedSpec } from '../messages/channel-specs.ts'
import type { Messaging } from '../messages/messaging.ts'
import { onceHandler } from '../messages/once-handler.ts'
import { openRefed, RefeedEnd, refeedEndKey, refeedRequest } from '../messages/refeed-message.ts'
import { SourcedEvent } from '../messages/sourced-event.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import type { Space } from '../loop/space.ts'
import type { FedBuild, RowHandler } from './feeding.ts'
import { refeedConsumer, viewConsumer } from './table.ts'

/** How a generation begins. */
export interface Beginning {
  /** The derived channel that brings it all events up to where it goes on; null where the channel itself has them. */
  readonly refeed: string | null
  /** The offset of each partition from which on it reads the channel. */
  readonly starts: readonly number[]
}

/** What feeding a generation needs. */
export interface ChannelGenerationOptions {
  readonly fed: ViewChannel
  readonly space: Space
  readonly broker: Broker
  readonly messaging: Pick<Messaging, 'feed' | 'event' | 'again'>
  readonly clock: Clock
  readonly log: Log
}

const pageEvents = 500
/** After so long a silence the owner is asked once more. */
const askAgainMs = 30_000

/**
 * Feeds one generation: first from a derived channel, where there is one, until every partition of it was read to its
 * end, then from the channel. Both write the same rows, one after the other, and take each event once, whichever brings
 * it: what was on its way while the owner sent everything comes twice. That positions of the derived channel are there
 * says that the generation is not whole; they go before anything is read of the channel itself.
 */
export async function channelGeneration(
  options: ChannelGenerationOptions,
  build: ViewBuild,
  beginning: Beginning | undefined,
  handler: RowHandler,
): Promise<FedBuild> {
  const generation = new ChannelGeneration(options, build, beginning, handler)
  try {
    await generation.begin()
    return generation
  } catch (error) {
    await generation.stop().catch(() => undefined)
    throw error
  }
}

class ChannelGeneration implements FedBuild {
  readonly #options: ChannelGenerationOptions
  #build: ViewBuild
  readonly #beginning: Beginning | undefined
  readonly #handler: RowHandler
  readonly #name: string
  #consumer: Consumer | undefined
  #feed: ChannelFeed | undefined
  /** Whether it reads the channel itself. */
  #isWhole = false
  /** Whether events were lost that it has not read. */
  #isBroken = false
  #partitions = 0
  /** What had come at the last look, and when that was more than before. */
  #come = -1
  #comeMs = 0

  constructor(
    options: ChannelGenerationOptions,
    build: ViewBuild,
    beginning: Beginning | undefined,
    handler: RowHandler,
  ) {
    this.#options = options
    this.#build = build
    this.#beginning = beginning
    this.#handler = handler
    this.#name = viewConsumer(build.view, build.generation)
  }

  get buckets(): number {
    return this.#partitions
  }

  consumer(): Consumer {
    return this.#consumer!
  }

  isWaiting(): boolean {
    return !this.#isWhole
  }

  async begin(): Promise<void> {
    const { ownership } = this.#options.space.store
    const { refeed, starts } = this.#beginning ?? { refeed: null, starts: [] }
    const isRefed = refeed === null || (await this.#isRefed())
    const fromFirst = starts.map(() => 0)
    if (!isRefed) await this.#ensure(refeedConsumer(this.#name), refeed, fromFirst)
    await this.#ensure(this.#name, this.#options.fed.channel.name, starts)
    this.#partitions = (await ownership.list(this.#name)).length
    // Somebody has dropped it since it was listed: its rows are gone, and what follows would be written without them.
    if (this.#partitions === 0)
      throw failure('EW_CONCURRENCY', `The generation ${this.#name} was dropped by another process; start again.`)
    await (isRefed ? this.#readChannel() : this.#readRefeed(refeed))
  }

  async tend(build: ViewBuild): Promise<boolean> {
    this.#build = build
    const refeed = this.#beginning?.refeed ?? null
    if (this.#isWhole || this.#isBroken || refeed === null) return !this.#isBroken
    if (await this.#isRefed()) await this.#readChannel()
    else await this.#askIfSilent(refeed)
    return !this.#isBroken
  }

  async stop(): Promise<void> {
    await this.#consumer?.stop()
    await this.#feed?.close()
    this.#feed = undefined
  }

  async #readRefeed(refeed: string): Promise<void> {
    const { fed, broker, messaging } = this.#options
    const group = refeedConsumer(this.#name)
    // Another process may have come to the end meanwhile, and whoever makes the channel again leaves it behind.
    if (await this.#isRefed()) return this.#readChannel()
    await broker.ensure([refeedSpec(fed.channel, refeed, group)])
    const eventOf = (message: Parameters<Messaging['event']>[0]) => messaging.event(message)
    this.#feed = await messaging.feed(refeed, group, 'oldest', (message) => openRefed(message, eventOf))
    await this.#consume(group, this.#feed)
    await this.#askIfSilent(refeed)
  }

  async #readChannel(): Promise<void> {
    const { fed, messaging, space } = this.#options
    await this.stop()
    await space.store.ownership.remove(refeedConsumer(this.#name))
    const { name } = fed.channel
    this.#feed = await messaging.feed(name, this.#name, 'oldest', (message) => messaging.event(message))
    await this.#consume(this.#name, this.#feed)
    this.#isWhole = true
  }

  async #consume(name: string, from: ChannelFeed): Promise<void> {
    this.#consumer = await this.#options.space.consume({ name, handler: () => this.#once(), pageEvents, from })
  }

  /** What is parked is parked by the generation, whichever channel has brought it. */
  #once(): Handler {
    const { fed, space, messaging } = this.#options
    const types = new Set(fed.events.map(({ type }) => type))
    const again = async (waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]> =>
      (await messaging.again(waiting)).map((event) => new SourcedEvent(event))
    return onceHandler(this.#handler(again), {
      inbox: space.store.inbox,
      service: fed.service,
      consumer: this.#name,
      takes: (event) => event instanceof RefeedEnd || event.fault !== undefined || types.has(event.type),
      handled: (event) => {
        this.#assertWhole(event)
        return event instanceof RefeedEnd ? undefined : new SourcedEvent(event)
      },
    })
  }

  /** Rows that miss events are never swapped in; those in use go on, and the gap becomes a dead letter. */
  #assertWhole({ fault }: Delivery): void {
    if (this.#build.state !== 'building' || !isEventwrightError(fault, 'EW_MESSAGES_GONE')) return
    this.#isBroken = true
    throw fault
  }

  async #ensure(consumer: string, source: string, starts: readonly number[]): Promise<void> {
    const { ownership } = this.#options.space.store
    for (const [index, start] of starts.entries()) await ownership.ensure(consumer, source, index + 1, start)
  }

  async #isRefed(): Promise<boolean> {
    const keys = this.#beginning!.starts.map((_, partition) => refeedEndKey(partition))
    const { inbox } = this.#options.space.store
    return (await inbox.among(this.#options.fed.service, this.#name, keys)).size === keys.length
  }

  /** The request waits for the owner, however long he is away; one that was lost with him is made up for. */
  async #askIfSilent(refeed: string): Promise<void> {
    const { fed, broker, clock, log, space } = this.#options
    try {
      const rows = await space.store.ownership.list(refeedConsumer(this.#name))
      const bounds = await boundsOf(broker, refeed)
      if (bounds.length === 0) {
        this.#isBroken = true
        return
      }
      const places = [...rows.map(({ position }) => position), ...bounds.map(({ next }) => next)]
      const come = places.reduce((sum, place) => sum + place, 0)
      const isFirst = this.#come < 0
      if (come !== this.#come) [this.#come, this.#comeMs] = [come, clock.now()]
      if (isFirst ? come > 0 : clock.now() - this.#comeMs < askAgainMs) return
      const { service: source, owner } = fed
      await broker.publish([refeedRequest({ source, owner, refeed, nowMs: clock.now() })])
      this.#comeMs = clock.now()
    } catch (error) {
      log.warn('asking for events to be sent again failed', { view: this.#build.view, error })
    }
  }
}
