import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import { capabilitiesOf, type Broker, type ChannelMessage } from '../../ports/broker.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import { checkpointAhead } from '../log/checkpoints.ts'
import type { Delivery } from '../loop/delivery.ts'
import { parkedMessage } from './channel-event.ts'
import { assertReplay } from './channel-replay.ts'
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
  readonly log?: Log
  /** How long a partition that was empty is believed to be, although nobody told of a message. */
  readonly backstopMs: number
  /** Raised when messages may have come, whenever the broker tells. */
  readonly wake: Signal
  readonly channel: string
  readonly group: string
  /** Where a group that is new begins; `oldest`: at the beginning, or where it is first known if nothing is replayed. */
  readonly startAt: 'beginning' | 'oldest' | 'now'
  open(message: ChannelMessage): Delivery
}

/** Joins the channel. A position is the offset that comes next. Error: EW_REPLAY_MISSING. */
export async function channelFeed(options: ChannelFeedOptions): Promise<ChannelFeed> {
  const { broker, clock, log, backstopMs, wake, channel, group, startAt, open } = options
  const { replay, assignment, ahead = false } = await capabilitiesOf(broker, channel)
  if (startAt === 'beginning') assertReplay(broker, replay, { channel, group })
  const member = await broker.join(channel, group)
  const bounds = await broker.bounds(channel)
  const released = new WeakSet<AbortSignal>()
  /** How far the broker knows of each bucket. */
  const done = new Map<number, number>()
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
  let isNarrower = false
  const endsNow = async (): Promise<readonly number[]> => {
    const now = await broker.bounds(channel)
    if (now.length > bounds.length && !isNarrower) {
      isNarrower = true
      const counts = { partitions: now.length, read: bounds.length }
      log?.warn('a channel has more partitions than are read here', { channel, group, ...counts })
    }
    return now.map(({ next }) => next)
  }
  /** A channel that was made again begins anew: whoever goes on where he stood passes over what comes. */
  const assertNotAhead = async (bucket: number, position: number): Promise<void> => {
    // The end that was asked for before may be older than the position.
    const end = (await endsNow())[bucket]!
    if (end < position) throw checkpointAhead({ consumer: group, source: channel, bucket, position, end })
  }
  /** Where the store keeps positions, one question tells of all partitions, of which most are empty. */
  const isAtEnd = async (bucket: number, position: number, nowMs: number): Promise<boolean> => {
    if (assignment !== 'store' || ahead) return false
    if (ends === undefined || ends.seen !== changes || ends.untilMs <= nowMs) {
      const next = endsNow()
      const asked = (ends = { seen: changes, untilMs: nowMs + backstopMs, next })
      next.catch(() => {
        if (ends === asked) ends = undefined
      })
    }
    const end = (await ends.next)[bucket]!
    if (replay && end < position) await assertNotAhead(bucket, position)
    return end <= position
  }
  const firstKept = async (bucket: number, read: readonly ChannelMessage[]): Promise<number> => {
    const now = (await broker.bounds(channel)).find(({ partition }) => partition === bucket)
    return Math.min(now?.first ?? 0, read[0]?.offset ?? Infinity)
  }
  /** Whoever has the bucket next gets what is not done. */
  const releaseWith = (held: AbortSignal, bucket: number): void => {
    if (member.release === undefined || released.has(held)) return
    released.add(held)
    held.addEventListener('abort', () => void member.release!(bucket).catch(() => undefined), { once: true })
  }
  return {
    name: channel,
    // Positions that nothing is replayed from are numbers of our own.
    starts: bounds.map(({ first, next }) => (!replay ? 0 : startAt === 'now' ? next : first)),
    source: {
      async after({ bucket, position, held }, limit) {
        const nowMs = clock.now()
        if (held !== undefined) releaseWith(held, bucket)
        if (done.get(bucket) !== position) await member.done(bucket, position)
        done.set(bucket, position)
        if ((emptyUntilMs.get(bucket) ?? 0) > nowMs) return []
        const seen = changes
        const atEnd = await isAtEnd(bucket, position, nowMs)
        const messages = atEnd ? [] : await member.read(bucket, position, limit)
        if (messages.length === 0 && seen === changes) emptyUntilMs.set(bucket, nowMs + backstopMs)
        if (atEnd || messages[0]?.offset === position || !replay || (ahead && messages.length === 0))
          return messages.map(open)
        const first = await firstKept(bucket, messages)
        if (first <= position) return messages.map(open)
        const gone = goneMessages(channel, bucket, { from: position, first, nowMs })
        return [gone, ...messages].slice(0, limit).map(open)
      },
      async ends() {
        if (!replay) return () => Infinity
        const now = new Map((await broker.bounds(channel)).map(({ partition, next }) => [partition, next]))
        return (bucket) => now.get(bucket) ?? Infinity
      },
      parked: (park) => tellDeadLetter(options, park),
    },
    async close() {
      unwatch()
      await member.close()
    },
    async isDrained(positions) {
      if (broker.waiting !== undefined && !replay)
        return (await broker.waiting(channel, group)).every(({ count }) => count === 0)
      return (await broker.bounds(channel)).every(({ partition, next }) => (positions.get(partition) ?? 0) >= next)
    },
  }
}

/** The tools of the broker show it then; what counts is in the store, so nobody waits for this. */
function tellDeadLetter({ broker, channel, group, clock, log }: ChannelFeedOptions, park: ParkWrite): void {
  if (park.kind !== 'park' || park.raw === undefined || park.replay || broker.deadLetter === undefined) return
  const { code: errorType, message: errorMessage, attempts, key } = park
  const facts = { reason: 'poison', attempts, errorType, errorMessage, failedAtMs: clock.now() } as const
  broker
    .deadLetter(channel, group, parkedMessage(park.raw), facts)
    .catch((error: unknown) => log?.warn('a parked message is not shown by the broker', { channel, group, key, error }))
}
