import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { pageOf } from '../cursor.ts'
import type { Route } from '../router.ts'
import { byUrgency, shownConsumer } from '../shown-consumer.ts'
import type { Page } from '../wire.ts'
import type { ChannelItem } from '../wire/overview.ts'

/** Channels with their partitions and whoever reads them. */
export const channelRoutes: readonly Route<Call>[] = [{ method: 'GET', path: 'channels', answer: list }]

async function list(call: Call): Promise<Page<ChannelItem>> {
  const { inspect } = call
  const [channels, consumers] = await Promise.all([inspect.channels(), inspect.consumers()])
  const shown = channels.map(({ partitions, problem, ...channel }): ChannelItem => ({
    ...channel,
    partitions: partitions.map(({ partition, first, next }) => {
      return { partition, firstOffset: first, nextOffset: next, messages: Math.max(0, next - first) }
    }),
    groups: consumers
      .filter(({ source }) => source === channel.channel)
      .map((report) => shownConsumer(inspect, report))
      .sort(byUrgency),
    ...(problem !== undefined && { problem }),
  }))
  return pageOf(shown, undefined, measuredAt(call))
}
