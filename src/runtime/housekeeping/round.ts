import { timestampOf } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { Store } from '../../ports/store.ts'
import type { KeepMs } from './keep.ts'

/** One look at the store. */
export interface Round {
  readonly graph: Graph
  readonly store: Store
  readonly log: Log
  readonly keep: KeepMs
  /** On the database's clock. */
  readonly nowMs: number
  /** When a round was ended last, by whichever process; 0 when none was. */
  readonly lastMs: number
  /** What the job has noted: a time on the database's clock, 0 at first. */
  readonly notedMs: number
  /** Notes a time for later rounds. Error: EW_OWNERSHIP_LOST. */
  note(atMs: number): Promise<void>
  /** Repeats a deletion that answers how many rows it took until that is less than `batch`, or until it has to stop. */
  drain(batch: number, take: (limit: number) => Promise<number>): Promise<void>
}

/** What is known of one job of housekeeping. */
export interface HousekeepingReport {
  readonly job: string
  /** When a round was ended last; undefined before the first. */
  readonly doneAt?: string
}

/** The jobs of a store. */
export async function housekeepingReports({
  ownership,
}: Pick<Store, 'ownership'>): Promise<readonly HousekeepingReport[]> {
  const rows = (await ownership.list()).filter(
    ({ source, bucket }) => source === storeSources.housekeeping && bucket === 0,
  )
  return rows.map(({ consumer, position }) => {
    const job = consumer.slice(consumer.indexOf(':') + 1)
    return position === 0 ? { job } : { job, doneAt: timestampOf(position) }
  })
}
