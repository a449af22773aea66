import { failure } from '../../base/errors.ts'
import type { ChannelMessage, ChannelSpec, PartitionBounds, TrimLimits } from '../../ports/broker.ts'

/** What a database may answer at once or later. */
export type Awaitable<T> = T | Promise<T>

/** A partition by its names, since numbers may be used again. */
export interface PartitionName {
  readonly channel: string
  readonly partition: number
}

/**
 * The tables of channels in a database. A method is one statement or one transaction and leaves nothing behind when it
 * fails. Errors: EW_CHANNEL_UNKNOWN, EW_CHANNEL_CHANGED, and those of the store.
 */
export interface Channels {
  /** Makes what is missing; a channel with other partitions is refused before anything is made. */
  ensure(specs: readonly ChannelSpec[]): Awaitable<void>
  read(channel: string, partition: number, from: number, limit: number): Awaitable<readonly ChannelMessage[]>
  bounds(channel: string): Awaitable<readonly PartitionBounds[]>
  offsetAt(channel: string, partition: number, timeMs: number): Awaitable<number>
  /** The partitions of which something is older than its channel keeps it. */
  expired(nowMs: number): Awaitable<readonly PartitionName[]>
  /**
   * Deletes the oldest messages of a partition, some of them, as far as they are too old and not spared; answers how
   * many, 0 when none is left.
   */
  trimSome(channel: string, partition: number, nowMs: number, limits: TrimLimits): Awaitable<number>
  /** Takes the name from a channel at once; its messages go by `sweepSome`, also in a later process. */
  remove(channel: string): Awaitable<void>
  /** Deletes some messages of channels that were removed; answers whether more may be there. */
  sweepSome(): Awaitable<boolean>
}

/** How many messages one transaction deletes: some milliseconds, in which others may wait for it. */
export const deletedAtOnce = 1_000

/** A channel as it is stored. */
export interface StoredChannel {
  readonly partitions: number
  readonly retentionMs: number | null
}

/** The specifications that are not there as they are. Error: EW_CHANNEL_CHANGED for one with other partitions. */
export function missingChannels(
  specs: readonly ChannelSpec[],
  stored: (name: string) => StoredChannel | undefined,
): readonly ChannelSpec[] {
  return specs.filter(({ name, partitions, retentionMs = null }) => {
    const found = stored(name)
    if (found !== undefined && found.partitions !== partitions) throw changedChannel(name, found.partitions, partitions)
    return found?.retentionMs !== retentionMs
  })
}

/** The error for a channel, or a partition of one, that is not there. */
export function unknownChannel(channel: string, partition?: number): Error {
  const what = partition === undefined ? 'no such channel' : `no partition ${partition} of it`
  return failure('EW_CHANNEL_UNKNOWN', `The channel ${channel} was asked for, and the broker has ${what}.`, {
    details: { channel, ...(partition !== undefined && { partition }) },
  })
}

function changedChannel(channel: string, partitions: number, wanted: number): Error {
  return failure('EW_CHANNEL_CHANGED', `The channel ${channel} has ${partitions} partitions, not ${wanted}.`, {
    details: { channel, partitions, wanted },
  })
}
