import { failure } from '../../base/errors.ts'
import { isStoreSource, storeSources } from '../../design/sources.ts'
import { capabilitiesOf } from '../../ports/broker.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import { boundsOf } from '../messages/channel-bounds.ts'

/** Where a bucket of a consumer stands. */
export type Checkpoint = Pick<OwnershipRow, 'consumer' | 'source' | 'bucket' | 'position'>

/** A checkpoint behind which its source has never been: one of both comes from another backup. */
export interface AheadCheckpoint extends Checkpoint {
  /** Where the source ends. */
  readonly end: number
}

/**
 * Those of the rows that are ahead of what their source holds. Rows must have been read before this is called: sources
 * only grow, so nobody who has worked meanwhile is among them. A crash of a server may take back positions, but never
 * what they stand for, which was written before.
 */
export async function checkpointsAhead(
  { log, outbox, broker }: Pick<Store, 'log' | 'outbox' | 'broker'>,
  rows: readonly Checkpoint[],
): Promise<readonly AheadCheckpoint[]> {
  const found: AheadCheckpoint[] = []
  for (const [source, own] of Map.groupBy(rows, (row) => row.source)) {
    if (own.every(({ position }) => position === 0)) continue
    let endOf: (bucket: number) => number = () => Infinity
    if (source === storeSources.log || source === storeSources.outbox) {
      const end = source === storeSources.log ? await log.head(0) : await outbox.head()
      endOf = () => end
    } else if (!isStoreSource(source) && broker !== null && (await capabilitiesOf(broker, source)).replay) {
      // Positions in queues are a numbering of the reader's own. Nothing is known of a channel that is not here.
      const bounds = new Map((await boundsOf(broker, source)).map(({ partition, next }) => [partition, next]))
      endOf = (bucket) => bounds.get(bucket) ?? Infinity
    }
    for (const row of own) if (row.position > endOf(row.bucket)) found.push({ ...row, end: endOf(row.bucket) })
  }
  return found
}

/** One sentence without its end. */
export function aheadText({ consumer, source, bucket, position, end }: AheadCheckpoint): string {
  const where = source === storeSources.log ? 'the log' : source === storeSources.outbox ? 'the outbox' : source
  return `${consumer} stands at ${position} in ${where} (bucket ${bucket}), which ends at ${end}`
}

/** The error for a consumer that must not go on. */
export function checkpointAhead(ahead: AheadCheckpoint): Error {
  const { consumer, source, bucket, position, end } = ahead
  const details = { consumer, source, bucket, position, end }
  return failure('EW_CHECKPOINT_AHEAD', `${aheadText(ahead)}.`, { details })
}
