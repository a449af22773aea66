import type { CommitQueue, CommitStatistics } from '../commits/queue.ts'

/** The sizes that batches are counted by: as many units at most. */
export const batchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const

/** What this process has committed since its start. */
export interface Commits extends Pick<CommitStatistics, 'busyRetries'> {
  /** How many batches had how many units: one count for each of `batchBounds`, and one for what is above. */
  readonly batches: readonly number[]
  /** Units of all batches. */
  readonly units: number
}

/** Counts batches of a queue from now on, those in which something was won. */
export function countBatches(queue: Pick<CommitQueue, 'onCommit' | 'statistics'>): () => Commits {
  const batches = new Array<number>(batchBounds.length + 1).fill(0)
  let units = 0
  queue.onCommit(({ length }) => {
    const index = batchBounds.findIndex((bound) => length <= bound)
    batches[index < 0 ? batchBounds.length : index]!++
    units += length
  })
  return () => ({ batches: [...batches], units, busyRetries: queue.statistics().busyRetries })
}
