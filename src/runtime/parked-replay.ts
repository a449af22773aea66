import type { ParkedDelivery, ParkedTable } from '../ports/parked.ts'
import type { Outcome, ParkWrite, Unit } from '../ports/unit-of-work.ts'
import type { FailedKey, KeyedEvent } from './keyed-run.ts'
import type { Delivery } from './delivery.ts'
import { offer } from './offer.ts'
import type { Bucket } from './ownership.ts'
import type { ParkingLot } from './parking.ts'

/** What replaying parked keys needs of the consumer that parked them. */
export interface ParkedReplay {
  readonly lot: ParkingLot
  readonly bucket: Bucket
  readonly consumer: string
  readonly parked: ParkedTable
  /** What was parked, as it was delivered. */
  again(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /**
   * Works on the events of one key; what it answers, up to its first failure, is committed with the removal of what
   * succeeded.
   */
  replay(
    entries: readonly KeyedEvent[],
  ): Promise<{ readonly unit: Omit<Unit, 'positions' | 'parks'>; readonly failed: readonly FailedKey[] }>
  /** Commits under the bucket's fence without moving it. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<Outcome>
}

const pageEvents = 100

/**
 * Replays the keys that somebody asked for, each from its failed event on, in order. When the last waiting event is
 * done the key flows again; when one fails the key stays parked from there. Answers true when it did something.
 */
export async function replayParked(options: ParkedReplay): Promise<boolean> {
  const { lot, bucket, consumer, parked } = options
  await lot.load()
  if (lot.size === 0) return false
  const wanted = (await parked.resuming(consumer)).filter((each) => each.bucket === bucket.bucket)
  for (const { key } of wanted) if (!bucket.lost) await replayKey(options, key)
  return wanted.length > 0
}

async function replayKey(options: ParkedReplay, key: string): Promise<void> {
  const { lot, bucket, consumer, parked } = options
  let limit = pageEvents
  while (!bucket.lost) {
    const waiting = await parked.waiting(consumer, key, limit)
    if (waiting.length === 0) {
      const parks: ParkWrite[] = [{ kind: 'unpark', consumer, key }]
      if ((await options.commit(bucket, { parks })).ok) lot.committed(parks)
      return
    }
    const events = await options.again(waiting)
    const { unit, failed } = await options.replay(events.map((event) => ({ key, event })))
    // The key of a failure may be one that the event has got since it was parked; it stays parked under the one it has.
    const first = failed.toSorted((a, b) => a.event.position - b.event.position)[0]
    const done = waiting.filter(({ position }) => position < (first?.event.position ?? Infinity))
    const parks: ParkWrite[] = [
      ...done.map(({ position }) => ({ kind: 'replayed' as const, consumer, key, position })),
      ...(first === undefined ? [] : parkAgain(options, { ...first, key })),
    ]
    const { outcome, refusal } = await offer(() => options.commit(bucket, { ...unit, parks }))
    if (refusal !== undefined && waiting.length > 1) {
      limit = 1
      continue
    }
    if (refusal !== undefined) {
      await options.commit(bucket, {
        parks: parkAgain(options, { key, event: events[0]!, rest: [], error: refusal, attempts: 1 }),
      })
      return
    }
    // A guarded row that has changed meanwhile is no failure of the key: once more, on what is there now.
    if (outcome?.ok && first !== undefined) return
  }
}

function parkAgain({ lot, bucket }: ParkedReplay, failed: FailedKey): ParkWrite[] {
  return lot.park(bucket, [failed]).filter((park) => park.kind === 'park')
}
