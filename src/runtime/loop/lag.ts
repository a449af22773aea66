import { isEventwrightError } from '../../base/errors.ts'
import { isStoreSource, storeSources } from '../../design/sources.ts'
import type { Broker, PartitionBounds } from '../../ports/broker.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'

/** How far a consumer is in its source, and how much is before it. */
export interface Standing {
  /** The least of its buckets for a source with one order, the sum of them for the partitions of a channel. */
  readonly position: number
  readonly lag: number
}

/** Where the buckets of one consumer of one source stand. A channel that this store does not hold has no known lag. */
export async function standing(store: Store, source: string, buckets: readonly OwnershipRow[]): Promise<Standing> {
  if (isStoreSource(source)) {
    const position = Math.min(...buckets.map((row) => row.position))
    return { position, lag: Math.max(0, (await endOf(store, source)) - position) }
  }
  const bounds = store.broker === null ? [] : await boundsOf(store.broker, source)
  const ends = new Map(bounds.map(({ partition, next }) => [partition, next]))
  return {
    position: buckets.reduce((sum, { position }) => sum + position, 0),
    lag: buckets.reduce((sum, { bucket, position }) => sum + Math.max(0, (ends.get(bucket) ?? 0) - position), 0),
  }
}

/** The partitions of a channel; none where it was removed. */
export async function boundsOf(broker: Broker, channel: string): Promise<readonly PartitionBounds[]> {
  try {
    return await broker.bounds(channel)
  } catch (error) {
    if (isEventwrightError(error, 'EW_CHANNEL_UNKNOWN')) return []
    throw error
  }
}

/** Mail and timers are found without a position. */
async function endOf({ log, outbox }: Store, source: string): Promise<number> {
  if (source === storeSources.log) return log.head(0)
  return source === storeSources.outbox ? outbox.head() : 0
}
