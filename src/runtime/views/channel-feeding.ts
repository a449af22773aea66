import type { Clock } from '../../base/clock.ts'
import { newId } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { ViewChannel } from '../../design/view-channel.ts'
import { capabilitiesOf, type Broker } from '../../ports/broker.ts'
import type { ViewBuild } from '../../ports/views.ts'
import { boundsOf } from '../messages/channel-bounds.ts'
import { refeedName } from '../messages/refeed-names.ts'
import type { Messaging } from '../messages/messaging.ts'
import type { Space } from '../loop/space.ts'
import { channelGeneration, type Beginning } from './channel-generation.ts'
import type { ViewFeeding } from './feeding.ts'
import { refeedConsumer, viewConsumer } from './table.ts'

/** What feeding a view with the events of another service needs. */
export interface ChannelFeedingOptions {
  readonly fed: ViewChannel
  readonly space: Space
  readonly broker: Broker
  readonly messaging: Pick<Messaging, 'feed' | 'event' | 'again'>
  readonly clock: Clock
  readonly log: Log
}

const beginningKey = 'beginning'

/**
 * Feeds a view from a channel. A generation begins at the first message where the channel has every one; otherwise it
 * notes where the channel ends, has its owner send all events again on a channel of its own (`ChannelGeneration`), and
 * goes on from there. Which of both it is, is decided once for all processes.
 */
export function channelFeeding(options: ChannelFeedingOptions): ViewFeeding {
  const { space, broker, fed } = options
  const channel = fed.channel.name
  /** Where each partition ended when a generation that is being built was last looked at. */
  const seenEnds = new Map<number, readonly number[]>()
  const positionsOf = async ({ view, generation }: ViewBuild): Promise<readonly number[]> =>
    (await space.store.ownership.list(viewConsumer(view, generation)))
      .filter(({ source }) => source === channel)
      .map(({ position }) => position)
  const isWaiting = async ({ view, generation }: ViewBuild): Promise<boolean> =>
    (await space.store.ownership.list(refeedConsumer(viewConsumer(view, generation)))).length > 0
  const endRefeed = async (build: ViewBuild): Promise<void> => {
    const { refeed = null } = (await beginningOf(options, build)) ?? {}
    if (refeed === null) return
    // Whoever deletes a channel may not know of its groups.
    await broker.forget?.(refeed, refeedConsumer(viewConsumer(build.view, build.generation)))
    await broker.remove(refeed)
  }
  return {
    dropsRetired: true,
    async feed(build, handler) {
      const beginning = build.state === 'building' ? await begun(options, build) : undefined
      return channelGeneration(options, build, beginning, handler)
    },
    async progress(build) {
      const name = viewConsumer(build.view, build.generation)
      const refeed = (await isWaiting(build)) ? await beginningOf(options, build) : undefined
      const [source, consumer] =
        refeed?.refeed == null ? ([channel, name] as const) : ([refeed.refeed, refeedConsumer(name)] as const)
      const rows = await space.store.ownership.list(consumer)
      const ends = await endsOf(broker, source, consumer, new Map(rows.map((row) => [row.bucket, row.position])))
      return { position: sum(rows.map(({ position }) => position)), of: sum(ends) }
    },
    async isBuilt(build, active) {
      if (await isWaiting(build)) return false
      const [position, inUse] = [await positionsOf(build), active === undefined ? [] : await positionsOf(active)]
      if (position.length === 0) return false
      const name = viewConsumer(build.view, build.generation)
      const ends = await endsOf(broker, channel, name, new Map(position.entries()))
      const before = seenEnds.get(build.generation)
      seenEnds.set(build.generation, ends)
      if (position.every((at, partition) => at >= ends[partition]!)) return true
      const { replay } = await capabilitiesOf(broker, channel)
      const isNoLess = !replay || position.every((at, partition) => at >= (inUse[partition] ?? 0))
      return before !== undefined && isNoLess && position.every((at, partition) => at >= before[partition]!)
    },
    swappedIn: endRefeed,
    async forget(build) {
      const name = viewConsumer(build.view, build.generation)
      await space.store.ownership.remove(refeedConsumer(name))
      await broker.forget?.(channel, name)
      await endRefeed(build)
    },
  }
}

/** Where partitions end; in queues, whose positions are numbers of the reader, as far behind him as messages wait. */
async function endsOf(
  broker: Broker,
  channel: string,
  group: string,
  positions: ReadonlyMap<number, number>,
): Promise<readonly number[]> {
  const bounds = await boundsOf(broker, channel)
  if (bounds.length === 0) return [...positions.values()]
  if (broker.waiting === undefined || (await capabilitiesOf(broker, channel)).replay)
    return bounds.map(({ next }) => next)
  const waiting = await broker.waiting(channel, group)
  return waiting.map(({ count }, partition) => (positions.get(partition) ?? 0) + count)
}

/** How a generation begins, decided by whoever comes first; its queues are there before anybody is asked. */
async function begun(options: ChannelFeedingOptions, build: ViewBuild): Promise<Beginning> {
  const { broker, fed, space } = options
  const { name } = fed.channel
  const consumer = viewConsumer(build.view, build.generation)
  await (await broker.join(name, consumer)).close()
  const known = await beginningOf(options, build)
  if (known !== undefined) return known
  const { replay } = await capabilitiesOf(broker, name)
  const bounds = await broker.bounds(name)
  const isWhole = replay && bounds.every(({ first }) => first === 0)
  const refeed = isWhole ? null : refeedName(name, build.view, build.generation, newId().slice(-12))
  const starts = bounds.map(({ next }) => (replay && !isWhole ? next : 0))
  const row = { service: fed.service, consumer, key: beginningKey, fingerprint: '' }
  const outcome = await space.queue.commit({ inbox: [{ ...row, outcome: JSON.stringify({ refeed, starts }) }] })
  return outcome.ok ? { refeed, starts } : (await beginningOf(options, build))!
}

async function beginningOf(
  { space, fed }: ChannelFeedingOptions,
  { view, generation }: ViewBuild,
): Promise<Beginning | undefined> {
  const entry = await space.store.inbox.get(fed.service, viewConsumer(view, generation), beginningKey)
  return entry && (JSON.parse(entry.outcome) as Beginning)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
