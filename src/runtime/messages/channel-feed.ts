import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import type { Broker, ChannelMessage } from '../../ports/broker.ts'
import type { Delivery } from '../loop/delivery.ts'
import { goneMessages } from './gone-messages.ts'
import type { Feed } from '../loop/space.ts'

/** A channel as the feed of one group of consumers; its partitions are the buckets, its offsets the positions. */
export interface ChannelFeed extends Feed {
  /** Leaves the group. */
  close(): Promise<void>
  /** Whether every partition was read to its end, from positions by bucket. */
  isDrained(positions: ReadonlyMap<number, number>): Promise<boolean>
}

/** What opening a channel for a group of consumers needs. */
export interface ChannelFeedOptions {
  readonly broker: Broker
  readonly clock: Clock
  /** How long a partition that was empty is believed to be, although nobody told of a message. */
  readonly backstopMs: number
  /** Raised when messages may have come, whenever the broker tells. */
  readonly wake: Signal
  readonly channel: string
  readonly group: string
  /** Where a group that is new begins. */
  readonly startAt: 'beginning' | 'now'
  open(message: ChannelMessage): Delivery
}

/** Joins the channel. A position is the offset that comes next. */
export async function channelFeed(options: ChannelFeedOptions): Promise<ChannelFeed> {
  const { broker, clock, backstopMs, wake, channel, group, startAt, open } = options
  const member = await broker.join(channel, group)
  const bounds = await broker.bounds(channel)
  // Consumers are woken by every commit; the partitions of a quiet channel need not be asked each time.
  const emptyUntilMs = new Map<number, number>()
  let changes = 0
  const unwatch = broker.watch((channels) => {
    if (channels?.has(channel) === false) return
    changes++
    emptyUntilMs.clear()
    // Whoever was woken by others before this has been told that nothing is there.
    wake.raise()
  })
  let ends: { readonly seen: number; readonly untilMs: number; readonly next: Promise<readonly number[]> } | undefined
  /** Where the store keeps positions, one question tells of all partitions, of which most are empty. */
  const isAtEnd = async (bucket: number, position: number, nowMs: number): Promise<boolean> => {
    if (broker.capabilities.assignment !== 'store') return false
    if (ends === undefined || ends.seen !== changes || ends.untilMs <= nowMs) {
      const next = broker.bounds(channel).then((now) => now.map((bound) => bound.next))
      const asked = (ends = { seen: changes, untilMs: nowMs + backstopMs, next })
      next.catch(() => {
        if (ends === asked) ends = undefined
      })
    }
    return (await ends.next)[bucket]! <= position
  }
  const firstKept = async (bucket: number, read: readonly ChannelMessage[]): Promise<number> => {
    const now = (await broker.bounds(channel)).find(({ partition }) => partition === bucket)
    return Math.min(now?.first ?? 0, read[0]?.offset ?? Infinity)
  }
  return {
    name: channel,
    starts: bounds.map(({ first, next }) => (startAt === 'now' ? next : first)),
    source: {
      async after({ bucket, position }, limit) {
        const nowMs = clock.now()
        if ((emptyUntilMs.get(bucket) ?? 0) > nowMs) return []
        const seen = changes
        const atEnd = await isAtEnd(bucket, position, nowMs)
        const messages = atEnd ? [] : await member.read(bucket, position, limit)
        if (messages.length === 0 && seen === changes) emptyUntilMs.set(bucket, nowMs + backstopMs)
        if (atEnd || messages[0]?.offset === position || !broker.capabilities.replay) return messages.map(open)
        const first = await firstKept(bucket, messages)
        if (first <= position) return messages.map(open)
        const gone = goneMessages(channel, bucket, { from: position, first, nowMs })
        return [gone, ...messages].slice(0, limit).map(open)
      },
      async ends() {
        const now = new Map((await broker.bounds(channel)).map(({ partition, next }) => [partition, next]))
        return (bucket) => now.get(bucket) ?? Infinity
      },
    },
    async close() {
      unwatch()
      await member.close()
    },
    async isDrained(positions) {
      return (await broker.bounds(channel)).every(({ partition, next }) => (positions.get(partition) ?? 0) >= next)
    },
  }
}
