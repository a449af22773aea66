import type { Partition, StoredEvent } from './stored-event.ts'

/** Up to where the events of each partition are in the index. */
export type Indexed = readonly [designs: number, engines: number]

/** A longer one is not in the index: a database limits what a key may hold. */
export const longestCorrelationId = 500

/** A page of the events of a correlation id. `after`: the position before the first one wanted. */
export interface CorrelationPage {
  readonly correlationId: string
  readonly partition: Partition
  readonly after: number
  readonly limit: number
}

/**
 * An index of events by correlation id. Appends do not pay for it: it is behind them by what nobody has taken into it
 * yet, and whoever searches brings it on first.
 */
export interface CorrelationTable {
  /** Up to where it goes. */
  indexed(): Promise<Indexed>
  /**
   * Takes at most `limit` further events of each partition into the index, in one transaction; answers up to where it
   * goes then. Several may do it at once.
   */
  extend(limit: number): Promise<Indexed>
  /** Events in the index that have this correlation id, in position order; not those that were deleted. */
  find(page: CorrelationPage): Promise<readonly StoredEvent[]>
}
