import type { Store } from '../../ports/store.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'

/** The events of a correlation id. */
export interface Correlated<E> {
  /** In the order in which they were recorded. */
  readonly events: readonly E[]
  /** There are more than were asked for. */
  readonly isCut: boolean
  /** So many events, the newest ones, were not searched: the index has not come to them yet. */
  readonly behind: number
}

/** One transaction takes so many: a writer that waits for it waits for some milliseconds. */
const pageEvents = 1_000
/** A search brings the index on by as many pages at most; who has not searched for long asks again. */
const mostPages = 20

/** Brings the index on as far as it may take, and searches it. */
export async function correlated(
  store: Pick<Store, 'correlations' | 'log'>,
  correlationId: string,
  limit: number,
): Promise<Correlated<StoredEvent>> {
  let behind = Infinity
  for (let pages = 0; pages < mostPages && behind > 0; pages++) behind = await extendIndex(store)
  const find = (partition: Partition): Promise<readonly StoredEvent[]> =>
    store.correlations.find({ correlationId, partition, after: 0, limit: limit + 1 })
  const [designs, engines] = await Promise.all([find(0), find(1)])
  const all = [...designs, ...engines].sort(
    (a, b) => a.recordedAtMs - b.recordedAtMs || a.partition - b.partition || a.position - b.position,
  )
  return { events: all.slice(0, limit), isCut: all.length > limit, behind }
}

/** Takes the next page of events into the index; answers how many are still to come. */
export async function extendIndex({ correlations, log }: Pick<Store, 'correlations' | 'log'>): Promise<number> {
  const heads = await Promise.all([log.head(0), log.head(1)])
  const left = (indexed: readonly [number, number]): number =>
    Math.max(0, heads[0] - indexed[0]) + Math.max(0, heads[1] - indexed[1])
  const before = left(await correlations.indexed())
  return before === 0 ? 0 : left(await correlations.extend(pageEvents))
}
