import { failure } from '../../base/errors.ts'
import type { ParkedDelivery, ParkedTable } from '../../ports/parked.ts'
import type { Outcome, ParkWrite, Unit } from '../../ports/unit-of-work.ts'
import type { FailedKey, KeyedEvent } from './keyed-run.ts'
import type { Bundle } from '../loop/bundle.ts'
import type { Delivery } from '../loop/delivery.ts'
import { offer } from '../loop/offer.ts'
import type { Bucket } from '../ownership.ts'
import type { ParkingLot } from './parking.ts'

/** What replaying parked keys needs of the consumer that parked them. */
export interface ParkedReplay {
  readonly lot: ParkingLot
  readonly bundle: Bundle
  readonly consumer: string
  readonly parked: ParkedTable
  /** What was parked, as it was delivered. */
  again(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /** The keys that what is parked belongs to now; where they are others, it has to be replayed by itself. */
  keysNow(entry: KeyedEvent): readonly string[]
  /**
   * Works on the events of keys; what it answers, up to the first failure of each, is committed with the removal of
   * what succeeded.
   */
  replay(
    entries: readonly KeyedEvent[],
  ): Promise<{ readonly unit: Omit<Unit, 'positions' | 'parks'>; readonly failed: readonly FailedKey[] }>
  /** Commits under the fence of a bucket, and of others, without moving them. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>, others?: readonly Bucket[]): Promise<Outcome>
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
  const { lot, bundle } = options
  await lot.load()
  if (lot.size === 0) return false
  await announce(options)
  let isAny = false
  for (const [bucket, keys] of await wantedKeys(options))
    if (!bundle.lost && (await replayIn(options, bucket, keys))) isAny = true
  return isAny
}

/** Keys of these buckets that somebody wants replayed, some of them. */
async function wantedKeys({ lot, bundle, consumer, parked }: ParkedReplay): Promise<ReadonlyMap<Bucket, string[]>> {
  const [first] = bundle.buckets
  if (bundle.buckets.length === 1) {
    const keys = await parked.resuming(consumer, { bucket: first!.bucket, limit: batchKeys })
    return new Map(keys.length === 0 ? [] : [[first!, [...keys]]])
  }
  const all = await parked.resuming(consumer, { limit: batchKeys })
  if (bundle.isWhole || all.length < batchKeys) return byBucket(bundle, all)
  // There are more than were read, and most of them may be of buckets that others have.
  const own = [...byBucket(bundle, lot.keys()).keys()]
  const pages = await Promise.all(own.map(({ bucket }) => parked.resuming(consumer, { bucket, limit: batchKeys })))
  return byBucket(bundle, pages.flat())
}

function byBucket(bundle: Bundle, keys: Iterable<string>): ReadonlyMap<Bucket, string[]> {
  const found = new Map<Bucket, string[]>()
  for (const key of keys) {
    const bucket = bundle.bucketOf(key)
    if (bucket === undefined) continue
    const known = found.get(bucket)
    if (known === undefined) found.set(bucket, [key])
    else known.push(key)
  }
  return found
}

/** Answers whether it did something. */
async function replayIn(options: ParkedReplay, bucket: Bucket, keys: readonly string[]): Promise<boolean> {
  const { bundle } = options
  const lines: Line[] = []
  const apart: Line[] = []
  let events = 0
  for (const key of keys) {
    if (events >= batchEvents) break
    const line = await lineOf(options, bucket, key, keyEvents)
    events += line.entries.length
    if (!line.isApart) lines.push(line)
    else if (await isAllHere(options, line)) apart.push(line)
  }
  if (lines.length > 0 && (await replayLines(options, bucket, lines)).refusal !== undefined) apart.push(...lines)
  apart.sort((a, b) => (a.waiting[0]?.position ?? 0) - (b.waiting[0]?.position ?? 0))
  for (const line of apart) if (!bundle.lost) await replayAlone(options, line)
  return lines.length + apart.length > 0
}

/**
 * Rows that belong to buckets of another process are for nobody here to write; it is asked for those buckets. A bucket
 * that has yet to come to an event may have others before it.
 */
async function isAllHere({ bundle, keysNow }: ParkedReplay, { entries }: Line): Promise<boolean> {
  let isReady = true
  for (const entry of entries) {
    for (const key of keysNow(entry)) {
      const bucket = bundle.bucketOf(key)
      if (bucket === undefined) await bundle.wish(key)
      if (bucket === undefined || (bundle.of > 1 && bucket.done < entry.event.position)) isReady = false
    }
  }
  return isReady
}

/** Says once for each bundle which handlers a replay would meet. */
async function announce({ lot, bundle, commit }: ParkedReplay): Promise<void> {
  if (lot.isAnnounced(bundle)) return
  for (const bucket of byBucket(bundle, lot.keys()).keys())
    if (!(await commit(bucket, { parks: [lot.announcementOf(bucket)] })).ok) return
  lot.announced(bundle)
}

/** The first of what waits for a key. */
interface Line {
  readonly key: string
  /** The bucket that the key is parked in, and those of the keys that it belongs to now. */
  readonly bucket: Bucket
  readonly others: readonly Bucket[]
  readonly isApart: boolean
  readonly waiting: readonly ParkedDelivery[]
  readonly entries: readonly KeyedEvent[]
  /** Whether nothing waits behind it. */
  readonly isWhole: boolean
}

async function lineOf(
  { bundle, consumer, parked, again, keysNow }: ParkedReplay,
  bucket: Bucket,
  key: string,
  limit: number,
): Promise<Line> {
  const waiting = await parked.waiting(consumer, key, limit)
  const events = waiting.length === 0 ? [] : await again(waiting)
  // What was deleted meanwhile is passed over, as if it had been replayed.
  const entries = events.filter(({ deleted }) => deleted !== true).map((event) => ({ key, event }))
  const keys = new Set(entries.flatMap((entry) => keysNow(entry)))
  keys.delete(key)
  const others = new Set([...keys].flatMap((each) => bundle.bucketOf(each) ?? []))
  others.delete(bucket)
  return { key, bucket, others: [...others], isApart: keys.size > 0, waiting, entries, isWhole: waiting.length < limit }
}

/** What became of lines: why the store refuses their unit for good, or how many stay parked. */
interface Replayed {
  readonly refusal?: Error
  readonly failed: number
}

async function replayLines(options: ParkedReplay, bucket: Bucket, lines: readonly Line[]): Promise<Replayed> {
  const { lot } = options
  const { unit, failed } = await options.replay(lines.flatMap(({ entries }) => entries))
  // The key of a failure may be one that the event has got since it was parked; it stays parked under the one it has.
  const failedOf = ({ key }: Line): FailedKey | undefined =>
    lines.length > 1 ? failed.find((each) => each.key === key) : failed.toSorted(byPosition)[0]
  const parks = lines.flatMap((line) => parksOf(options, line, failedOf(line)))
  const others = lines.flatMap((line) => line.others)
  const { outcome, refusal } = await offer(() => options.commit(bucket, { ...unit, parks }, others))
  if (outcome?.ok) lot.committed(parks)
  // A guarded row that has changed meanwhile is no failure: once more, on what is there now.
  return { failed: failed.length, ...(refusal !== undefined && { refusal }) }
}

function byPosition(a: FailedKey, b: FailedKey): number {
  return a.event.position - b.event.position
}

function parksOf({ consumer, lot }: ParkedReplay, line: Line, failed: FailedKey | undefined): ParkWrite[] {
  const { key, bucket, waiting, isWhole } = line
  if (failed === undefined && isWhole) return [{ kind: 'unpark', consumer, key }]
  const done = waiting.filter(({ position }) => position < (failed?.event.position ?? Infinity))
  return [
    ...done.map(({ position }) => ({ kind: 'replayed' as const, consumer, key, position })),
    ...(failed === undefined ? [] : [lot.parkAgain(bucket, { ...failed, key })]),
  ]
}

/** A key by itself; where the store refuses what its events lead to, event by event. */
async function replayAlone(options: ParkedReplay, line: Line): Promise<void> {
  const { lot, bundle } = options
  const { key, bucket } = line
  const parked = line.entries.flatMap((entry) => options.keysNow(entry)).find((each) => each !== key && lot.has(each))
  if (parked !== undefined) return failAgain(options, line, behindParked(parked))
  const whole = await replayLines(options, bucket, [line])
  if (whole.refusal === undefined) return
  for (let left = line.waiting.length; left >= 0 && !bundle.lost; left--) {
    const single = await lineOf(options, bucket, key, 1)
    const { refusal, failed } = await replayLines(options, bucket, [single])
    if (refusal !== undefined) return failAgain(options, single, refusal)
    if (single.isWhole || failed > 0) return
  }
}

async function failAgain({ lot, commit }: ParkedReplay, { key, bucket, entries }: Line, error: Error): Promise<void> {
  const failed = { key, event: entries[0]!.event, rest: [], error, attempts: 1 }
  await commit(bucket, { parks: [lot.parkAgain(bucket, failed)] })
}

/** What waits under its own key has its turn first. */
function behindParked(key: string): Error {
  return failure('EW_KEY_PARKED', `The event belongs to ${key} now, which is parked itself: replay that first.`, {
    details: { key },
  })
}
