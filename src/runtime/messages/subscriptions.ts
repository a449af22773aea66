import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import type { EventFeed } from '../../design/composition/feeds.ts'
import type { Graph } from '../../design/graph.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { AnySubscription } from '../../design/subscription.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import { traceOf, type Telemetry } from '../../ports/telemetry.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { Messaging } from './messaging.ts'
import { scheduling } from '../timers/schedule.ts'
import type { Feed, Space } from '../loop/space.ts'
import { deliverySpans } from '../telemetry/delivery-spans.ts'
import { subscriptionHandler } from './subscription-handler.ts'

/** What starting subscriptions needs. */
export interface SubscriptionsOptions {
  readonly graph: Graph
  readonly clock: Clock
  readonly stuckAfter: number
  readonly main: Space
  readonly messaging: Messaging | undefined
  readonly telemetry?: Telemetry | undefined
  fromLog(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  execute(command: CommandMessage, event: Delivery, idempotencyKey: string): Promise<unknown>
}

/** A running consumer of a subscription, and whether it reads the log. */
export interface RunningSubscription {
  readonly name: string
  readonly consumer: Consumer
  readonly readsLog: boolean
}

const pageEvents = 100

/**
 * Starts a subscription: one consumer for each of its sources, since order holds inside a source only. The first one
 * has the name of the subscription, so that a further source changes nothing about the position of it.
 */
export async function startSubscription(
  options: SubscriptionsOptions,
  subscription: AnySubscription,
  service: string,
): Promise<readonly RunningSubscription[]> {
  const { feeds } = options.graph.feeds.get(`subscription:${subscription.name}`)!
  const running: RunningSubscription[] = []
  for (const feed of feeds) {
    const plain = `${service}/subscription:${subscription.name}`
    const name = running.length === 0 ? plain : `${plain}@${feed.source}`
    const consumer = await consume(options, subscription, { service, name, feed })
    running.push({ name, consumer, readsLog: feed.channel === undefined })
  }
  return running
}

async function consume(
  options: SubscriptionsOptions,
  subscription: AnySubscription,
  { service, name, feed }: { readonly service: string; readonly name: string; readonly feed: EventFeed },
): Promise<Consumer> {
  const { clock, stuckAfter, main, messaging } = options
  const { store } = main
  const readsLog = feed.channel === undefined
  const handler = () =>
    subscriptionHandler({
      subscription,
      events: feed.events,
      service,
      consumer: name,
      parked: store.parked,
      inbox: store.inbox,
      clock,
      stuckAfter,
      again: async (waiting) => (readsLog ? options.fromLog(waiting) : needed(messaging, name).again(waiting)),
      commit: main.commitAside,
      query: (sql, params) => store.query(sql, params),
      send: (command, event, key) => needed(messaging, name).send(service, command, key, causedBy(event)),
      scheduling: (event, key, record) =>
        scheduling({ graph: options.graph, store }, { service, key, origin: causedBy(event) }, record),
      now: () => store.now(),
      execute: options.execute,
      spans: deliverySpans(options.telemetry, store.broker, name),
    })
  const from = await beginning(options, subscription, name, feed)
  return main.consume({ name, handler, pageEvents, from, buckets: store.buckets.subscriptions })
}

async function beginning(
  { main, messaging }: SubscriptionsOptions,
  { startAt, startIsAsked }: AnySubscription,
  name: string,
  { channel }: EventFeed,
): Promise<number | Feed> {
  if (channel === undefined) return startAt === 'now' ? main.store.log.head(0) : 0
  const using = needed(messaging, name)
  const begins = startAt === 'beginning' && !startIsAsked ? 'oldest' : startAt
  return using.feed(channel.name, name, begins, (message) => using.event(message))
}

/** Error: EW_CONFIG. */
export function needed(messaging: Messaging | undefined, who: string): Messaging {
  if (messaging !== undefined) return messaging
  throw failure('EW_CONFIG', `${who} needs channels, and the store has no broker.`)
}

function causedBy({ meta }: Delivery): Origin {
  const { correlationId, id: causationId, actor, tenant } = meta
  return { correlationId, causationId, ...traceOf(meta), actor, tenant }
}
