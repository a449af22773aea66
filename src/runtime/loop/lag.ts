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
  if (source === 'log' || source === 'outbox') {
    const end = source === 'log' ? await store.log.head(0) : await store.outbox.head()
    const position = Math.min(...buckets.map((row) => row.position))
    return { position, lag: Math.max(0, end - position) }
  }
  const bounds = (await store.broker?.bounds(source).catch(() => [])) ?? []
  const ends = new Map(bounds.map(({ partition, next }) => [partition, next]))
  return {
    position: buckets.reduce((sum, { position }) => sum + position, 0),
    lag: buckets.reduce((sum, { bucket, position }) => sum + Math.max(0, (ends.get(bucket) ?? 0) - position), 0),
  }
}
