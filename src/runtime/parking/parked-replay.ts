import type { ParkedDelivery, ParkedTable } from '../../ports/parked.ts'
import type { Outcome, ParkWrite, Unit } from '../../ports/unit-of-work.ts'
import type { FailedKey, KeyedEvent } from './keyed-run.ts'
import type { Delivery } from '../loop/delivery.ts'
import { offer } from '../loop/offer.ts'
import type { Bucket } from '../ownership.ts'
import type { ParkingLot } from './parking.ts'

/** What replaying parked keys needs of the consumer that parked them. */
export interface ParkedReplay {
  readonly lot: ParkingLot
  readonly bucket: Bucket
  readonly consumer: string
  readonly parked: ParkedTable
  /** What was parked, as it was delivered. */
  again(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /** Whether what is parked under a key now belongs to other keys, so that it has to be replayed by itself. */
  isApart(entry: KeyedEvent): boolean
  /**
   * Works on the events of keys; what it answers, up to the first failure of each, is committed with the removal of
   * what succeeded.
   */
  replay(
    entries: readonly KeyedEvent[],
  ): Promise<{ readonly unit: Omit<Unit, 'positions' | 'parks'>; readonly failed: readonly FailedKey[] }>
  /** Commits under the bucket's fence without moving it. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<Outcome>
}

/** How many keys are replayed in one unit, and how many events of each. */
const batchKeys = 100
const keyEvents = 100
/** So that the memory of a replay does not grow with what waits. */
const batchEvents = 1_000

/**
 * Replays some of the keys that somebody asked for, each from its failed event on, in order. When the last waiting
 * event is done the key flows again; when one fails the key stays parked from there. Answers true when it did something
 * and there may be more: what is new of other keys has its turn in between.
 */
export async function replayParked(options: ParkedReplay): Promise<boolean> {
  const { lot, bucket, consumer, parked } = options
  await lot.load()
  if (lot.size === 0) return false
  await announce(options)
  const keys = await parked.resuming(consumer, { bucket: bucket.bucket, limit: batchKeys })
  if (keys.length === 0 || bucket.lost) return false
  const lines: Line[] = []
  const apart: Line[] = []
  let events = 0
  for (const key of keys) {
    if (events >= batchEvents) break
    const line = await lineOf(options, key, keyEvents)
    events += line.entries.length
    if (line.entries.some((entry) => options.isApart(entry))) apart.push(line)
    else lines.push(line)
  }
  if (lines.length > 0 && (await replayLines(options, lines)).refusal !== undefined) apart.push(...lines)
  for (const line of apart) if (!bucket.lost) await replayAlone(options, line)
  return true
}

async function announce({ lot, bucket, commit }: ParkedReplay): Promise<void> {
  const announcement = lot.announcement(bucket)
  if (announcement !== undefined && (await commit(bucket, { parks: [announcement] })).ok) lot.announced(bucket)
}

/** The first of what waits for a key. */
interface Line {
  readonly key: string
  readonly waiting: readonly ParkedDelivery[]
  readonly entries: readonly KeyedEvent[]
  /** Whether nothing waits behind it. */
  readonly isWhole: boolean
}

async function lineOf({ consumer, parked, again }: ParkedReplay, key: string, limit: number): Promise<Line> {
  const waiting = await parked.waiting(consumer, key, limit)
  const events = waiting.length === 0 ? [] : await again(waiting)
  const entries = events.map((event) => ({ key, event }))
  return { key, waiting, entries, isWhole: waiting.length < limit }
}

/** What became of lines: why the store refuses their unit for good, or how many stay parked. */
interface Replayed {
  readonly refusal?: Error
  readonly failed: number
}

async function replayLines(options: ParkedReplay, lines: readonly Line[]): Promise<Replayed> {
  const { lot, bucket } = options
  const { unit, failed } = await options.replay(lines.flatMap(({ entries }) => entries))
  // The key of a failure may be one that the event has got since it was parked; it stays parked under the one it has.
  const failedOf = ({ key }: Line): FailedKey | undefined =>
    lines.length > 1 ? failed.find((each) => each.key === key) : failed.toSorted(byPosition)[0]
  const parks = lines.flatMap((line) => parksOf(options, line, failedOf(line)))
  const { outcome, refusal } = await offer(() => options.commit(bucket, { ...unit, parks }))
  if (outcome?.ok) lot.committed(parks)
  // A guarded row that has changed meanwhile is no failure: once more, on what is there now.
  return { failed: failed.length, ...(refusal !== undefined && { refusal }) }
}

function byPosition(a: FailedKey, b: FailedKey): number {
  return a.event.position - b.event.position
}

function parksOf({ consumer, lot, bucket }: ParkedReplay, line: Line, failed: FailedKey | undefined): ParkWrite[] {
  const { key, waiting, isWhole } = line
  if (failed === undefined && isWhole) return [{ kind: 'unpark', consumer, key }]
  const done = waiting.filter(({ position }) => position < (failed?.event.position ?? Infinity))
  return [
    ...done.map(({ position }) => ({ kind: 'replayed' as const, consumer, key, position })),
    ...(failed === undefined ? [] : [lot.parkAgain(bucket, { ...failed, key })]),
  ]
}

/** A key by itself; where the store refuses what its events lead to, event by event. */
async function replayAlone(options: ParkedReplay, line: Line): Promise<void> {
  const { lot, bucket, commit } = options
  const { key } = line
  const whole = await replayLines(options, [line])
  if (whole.refusal === undefined) return
  for (let left = line.entries.length; left >= 0 && !bucket.lost; left--) {
    const single = await lineOf(options, key, 1)
    const { refusal, failed } = await replayLines(options, [single])
    if (refusal !== undefined) {
      const refused = { key, event: single.entries[0]!.event, rest: [], error: refusal, attempts: 1 }
      await commit(bucket, { parks: [lot.parkAgain(bucket, refused)] })
      return
    }
    if (single.isWhole || failed > 0) return
  }
}
