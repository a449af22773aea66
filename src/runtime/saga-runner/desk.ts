import { AbortFlag } from '../../base/abort-flag.ts'
import type { FailedTry } from '../parking/keyed-run.ts'
import type { Bundle } from '../loop/bundle.ts'
import type { Bucket } from '../ownership.ts'
import { ParkingLot } from '../parking/parking.ts'
import { AtWork } from './at-work.ts'
import type { Core } from './core.ts'
import { DueTimes } from './due-times.ts'
import { Inbox } from './inbox.ts'
import { Instances } from './instances.ts'
import type { RunnerOptions } from './options.ts'
import { Resting } from './resting.ts'
import { Waits } from './waits.ts'

/**
 * What an owner knows about the instances of its buckets. What it knows of a bucket dies with the ownership of that;
 * whoever comes next finds everything in the store.
 */
export interface Desk<S, I> {
  readonly options: RunnerOptions
  readonly core: Core<S, I>
  /** The buckets of now; they change between two rounds only. */
  bundle: Bundle
  /** Fires when one of them is lost or the runner stops. */
  signal: AbortSignal
  /** Whether that has fired: asked for every step of every instance. */
  isOver: AbortFlag
  readonly inbox: Inbox<I>
  readonly atWork: AtWork
  /** Since when buckets that others want are kept for what is under way; whoever claims one anew has another. */
  readonly leaving: WeakMap<Bucket, number>
  readonly instances: Instances<S>
  readonly waits: Waits
  /** Addresses of new waits: mail for them may have come before. */
  readonly wanted: Set<string>
  readonly resting: Resting
  /** Instances that are parked by mail that failed for good. */
  readonly lot: ParkingLot
  /** Attempts at mail that failed, by instance and mail. */
  readonly tries: Map<string, readonly FailedTry[]>
  /** Instances of which a unit was refused: they are told one thing at a time, to find the one to blame. */
  readonly singly: Set<string>
  readonly due: DueTimes
  /** Instances that are further than is known here: the answer of a commit was lost. */
  readonly stale: Set<string>
  /** When the owner began with a bucket, on the database's clock. */
  readonly begunAtMs: Map<number, number>
  /** Instances whose local steps run only after what asks for them is stored. */
  readonly apart: Set<string>
  /** Local steps that cannot commit together with what is before them, since they record for the same row or stream. */
  readonly meeting: Set<string>
  /** Instances that this release cannot move. */
  readonly left: Set<string>
  /** Why instances were left alone, once each. */
  readonly remarked: Set<string>
}

/** A desk on which nothing lies yet. */
export function emptyDesk<S, I>(options: RunnerOptions, core: Core<S, I>, consumer: string): Desk<S, I> {
  const { store, clock, wake } = options
  return {
    options,
    core,
    bundle: nothing,
    signal: nothing.signal,
    isOver: new AbortFlag(nothing.signal),
    inbox: new Inbox(),
    atWork: new AtWork(),
    leaving: new WeakMap(),
    instances: new Instances(store),
    waits: new Waits(),
    wanted: new Set(),
    resting: new Resting(clock, wake),
    lot: new ParkingLot(consumer, store.parked, core.handlers),
    tries: new Map(),
    singly: new Set(),
    due: new DueTimes(store.sagas, core.name, clock, wake),
    stale: new Set(),
    begunAtMs: new Map(),
    apart: new Set(),
    meeting: new Set(),
    left: new Set(),
    remarked: new Set(),
  }
}

const nothing: Bundle = {
  buckets: [],
  of: 1,
  isWhole: false,
  bucketOf: () => undefined,
  signal: new AbortController().signal,
  lost: false,
  wish: async () => undefined,
}

/** The bucket of an instance that is here. */
export function bucketOf<S, I>({ bundle }: Pick<Desk<S, I>, 'bundle'>, id: string): Bucket {
  return bundle.bucketOf(id)!
}

/**
 * Goes on with these buckets. What is known of instances stays where nobody else had their bucket meanwhile, and all
 * else is forgotten. Answers the buckets that have come, undefined where none has come or gone.
 */
export function moveDesk<S, I>(desk: Desk<S, I>, bundle: Bundle, signal: AbortSignal): readonly Bucket[] | undefined {
  const { bundle: former } = desk
  if (former === bundle && desk.signal === signal) return undefined
  // What is due in a bucket that was wanted was passed over.
  if (former !== bundle && former.buckets.some(({ wanted }) => wanted)) desk.due.askAnew()
  desk.bundle = bundle
  desk.signal = signal
  desk.isOver.leave()
  desk.isOver = new AbortFlag(signal)
  desk.due.until(signal)
  const before = new Set(former.buckets.map((bucket) => bucket.signal))
  const stays = bundle.buckets.filter((bucket) => before.has(bucket.signal))
  if (stays.length === former.buckets.length && stays.length === bundle.buckets.length) return undefined
  const known = new Set(stays)
  forgetOthers(desk, (id) => known.has(bundle.bucketOf(id)!))
  for (const bucket of desk.begunAtMs.keys())
    if (!stays.some((each) => each.bucket === bucket)) desk.begunAtMs.delete(bucket)
  return bundle.buckets.filter((bucket) => !known.has(bucket))
}

function forgetOthers<S, I>(desk: Desk<S, I>, isKept: (id: string) => boolean): void {
  const { inbox, instances, waits, resting, lot, tries, singly, due, stale, apart, left } = desk
  inbox.take((id) => !isKept(id))
  instances.forgetOthers(isKept)
  waits.forgetOthers(isKept)
  resting.forgetOthers(isKept)
  for (const ids of [singly, stale, apart, left]) for (const id of ids) if (!isKept(id)) ids.delete(id)
  // Counted anew, also for those that stay.
  tries.clear()
  lot.reset()
  due.askAnew()
}
