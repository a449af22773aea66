import type { ParkedTable } from '../ports/parked.ts'
import type { ParkWrite, Unit } from '../ports/unit-of-work.ts'
import type { FailedKey, KeyedEvent } from './keyed-run.ts'
import type { LogEvent } from './log-event.ts'
import type { Bucket } from './ownership.ts'
import type { ParkingLot } from './parking.ts'

/** What replaying parked keys needs of the consumer that parked them. */
export interface ParkedReplay {
  readonly lot: ParkingLot
  readonly bucket: Bucket
  readonly consumer: string
  readonly parked: ParkedTable
  eventsAt(positions: readonly number[]): Promise<readonly LogEvent[]>
  /** Works on the events of one key; what it answers is committed with the removal of what succeeded. */
  replay(entries: readonly KeyedEvent[]): Promise<{ readonly unit: Omit<Unit, 'positions' | 'parks'>; readonly failed: readonly FailedKey[] }>
  /** Commits under the bucket's fence without moving it; false when the bucket was lost. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<boolean>
}

const pageEvents = 100

/**
 * Replays the keys that somebody asked for, each from its failed event on, in order. When the last waiting event is done
 * the key flows again; when one fails the key stays parked from there. Answers true when it did something.
 */
export async function replayParked(options: ParkedReplay): Promise<boolean> {
  const { lot, bucket, consumer, parked } = options
  await lot.load()
  if (lot.size === 0) return false
  const wanted = (await parked.resuming(consumer)).filter((each) => each.bucket === bucket.bucket)
  for (const { key } of wanted) await replayKey(options, key)
  return wanted.length > 0
}

async function replayKey(options: ParkedReplay, key: string): Promise<void> {
  const { lot, bucket, consumer, parked } = options
  for (;;) {
    const positions = await parked.waiting(consumer, key, pageEvents)
    if (positions.length === 0) {
      const parks: ParkWrite[] = [{ kind: 'unpark', consumer, key }]
      if (await options.commit(bucket, { parks })) lot.committed(parks)
      return
    }
    const events = await options.eventsAt(positions)
    const { unit, failed } = await options.replay(events.map((event) => ({ key, event })))
    const stop = failed[0]?.event.position ?? Infinity
    const done = positions.filter((position) => position < stop)
    const parks: ParkWrite[] = [
      ...done.map((position) => ({ kind: 'replayed' as const, consumer, key, position })),
      ...lot.park(bucket, failed).filter((park) => park.kind === 'park'),
    ]
    if (!(await options.commit(bucket, { ...unit, parks })) || failed.length > 0) return
  }
}
