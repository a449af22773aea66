import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { storeSources } from '../../design/sources.ts'
import type { Broker } from '../../ports/broker.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Handler } from '../loop/handler.ts'
import type { Feed, Space } from '../loop/space.ts'
import { boundsOf } from './channel-bounds.ts'
import type { MessageDelivery } from './message-delivery.ts'
import { channelOfRefeed, refeedOfSender, refeedRequestConsumer, refeedSender } from './refeed-names.ts'
import { refeedEnds, requestedRefeed } from './refeed-message.ts'

/** What sending the events of a service again needs. */
export interface RefeedSendingOptions {
  /** The service that owns the events. */
  readonly service: string
  readonly broker: Broker
  readonly main: Space
  readonly clock: Clock
  readonly log: Log
  /** How soon a process takes part in what another one was asked for. */
  readonly lookMs: number
  /** Whether the service publishes a channel of that name. */
  publishes(channel: string): boolean
  /** Where requests come from. */
  requests(): Promise<Feed>
  /** Brings the events of a channel to a derived one. */
  relay(channel: string, refeed: string, consumer: string): Handler
}

/** The refeeds of a service in this process. */
export interface RefeedSending {
  consumers(): readonly Consumer[]
  stop(): Promise<void>
}

const requestPage = 100
const relayPage = 500

/**
 * Takes requests and sends the events of channels again, from the log. What is under way is a consumer like any other:
 * it has a position, another process takes it over, and a repeat after a crash begins at the last position. When it has
 * come to an end that was seen before, every partition is told so, and the consumer is forgotten. A request for what is
 * under way changes nothing; one for what has ended begins it anew, which is a repeat to whoever reads it.
 */
export async function startRefeedSending(options: RefeedSendingOptions): Promise<RefeedSending> {
  const { service, main } = options
  const sending = new Sending(options)
  const name = refeedRequestConsumer(service)
  const handler = () => requestHandler(options, () => sending.look())
  const requests = await main.consume({ name, handler, pageEvents: requestPage, from: await options.requests() })
  const stop = new AbortController()
  const looking = sending.keepLooking(stop.signal)
  return {
    consumers: () => [requests, ...sending.consumers()],
    async stop() {
      stop.abort()
      await looking
      await Promise.all([requests, ...sending.consumers()].map((consumer) => consumer.stop()))
    },
  }
}

/** Requests are noted as positions of consumers to come, before they are done with. */
function requestHandler({ service, main, log, publishes }: RefeedSendingOptions, noted: () => Promise<void>): Handler {
  return {
    async handle(_bundle, deliveries) {
      for (const refeed of new Set(deliveries.map((each) => requestedRefeed((each as MessageDelivery).message)))) {
        const channel = refeed === undefined ? undefined : channelOfRefeed(refeed)
        if (channel === undefined || !publishes(channel)) {
          log.warn('a request to send events again names none of the channels', { service, refeed })
          continue
        }
        await main.store.ownership.ensure(refeedSender(service, refeed!), storeSources.log, 1, 0)
      }
      return {}
    },
    committed: () => void noted().catch(() => undefined),
    // Whoever needs it asks again.
    park: () => ({}),
  }
}

interface Sender {
  readonly consumer: Consumer
  /** Where the log ended at the last look. */
  seenHead: number | undefined
}

class Sending {
  readonly #options: RefeedSendingOptions
  readonly #senders = new Map<string, Sender>()
  #looking: Promise<void> | undefined
  #stopped = false

  constructor(options: RefeedSendingOptions) {
    this.#options = options
  }

  consumers(): readonly Consumer[] {
    return [...this.#senders.values()].map(({ consumer }) => consumer)
  }

  async keepLooking(stop: AbortSignal): Promise<void> {
    const { clock, log, lookMs, service } = this.#options
    while (!stop.aborted) {
      await this.look().catch((error: unknown) => log.warn('looking for refeeds failed', { service, error }))
      await clock.sleep(lookMs, stop)
    }
    this.#stopped = true
    await this.#looking?.catch(() => undefined)
  }

  /** Begins and ends what others have begun and ended. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)))
  }

  async #look(): Promise<void> {
    const { service, main } = this.#options
    if (this.#stopped) return
    const rows = await main.fresh.ownership.list()
    const asked = new Map(rows.map(({ consumer }) => [refeedOfSender(service, consumer), consumer]))
    for (const [refeed, name] of asked) {
      if (refeed === undefined || this.#stopped) continue
      const sender = this.#senders.get(name) ?? (await this.#begin(refeed, name))
      if (await this.#isOver(refeed, name, sender)) await this.#end(name, sender)
    }
    const names = new Set(asked.values())
    for (const [name, sender] of [...this.#senders]) if (!names.has(name)) await this.#leave(name, sender)
  }

  async #begin(refeed: string, name: string): Promise<Sender> {
    const { main, relay } = this.#options
    const handler = () => relay(channelOfRefeed(refeed)!, refeed, name)
    const consumer = await main.consume({ name, handler, pageEvents: relayPage, from: 0 })
    const sender: Sender = { consumer, seenHead: undefined }
    this.#senders.set(name, sender)
    return sender
  }

  /**
   * At the end of the log as it was at the last look, and nothing waits because the broker has refused it: then the end
   * is told. Or the derived channel is gone, since nobody needs it any more; who does asks again.
   */
  async #isOver(refeed: string, name: string, sender: Sender): Promise<boolean> {
    const { service: source, broker, main, clock, log } = this.#options
    const partitions = (await boundsOf(broker, refeed)).length
    if (partitions === 0) return true
    const before = sender.seenHead
    sender.seenHead = await main.store.log.head(0)
    const position = await main.progress.settled(name)
    if (before === undefined || position < before || (await main.store.parked.count(name)) > 0) return false
    await broker.publish(refeedEnds(broker, partitions, position, { source, refeed, nowMs: clock.now() }))
    log.info('the events of a channel were sent again', { refeed, position })
    return true
  }

  async #end(name: string, sender: Sender): Promise<void> {
    const { ownership, parked } = this.#options.main.store
    await ownership.remove(name)
    await parked.forget(name)
    await this.#leave(name, sender)
  }

  async #leave(name: string, { consumer }: Sender): Promise<void> {
    this.#senders.delete(name)
    await consumer.stop()
  }
}
