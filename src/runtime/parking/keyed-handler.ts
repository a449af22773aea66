import type { ParkedDelivery, ParkedTable } from '../../ports/parked.ts'
import type { Outcome, ParkWrite, Unit } from '../../ports/unit-of-work.ts'
import type { Bundle } from '../loop/bundle.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import type { FailedKey, KeyedEvent } from './keyed-run.ts'
import type { Bucket } from '../ownership.ts'
import { ParkingLot } from './parking.ts'
import { replayParked } from './parked-replay.ts'

/** What every handler needs that works key by key and parks the keys that fail. */
export interface KeyedHandlerOptions {
  readonly consumer: string
  readonly parked: ParkedTable
  /** What was parked, as it was delivered. */
  again(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
  /** Commits under the fence of a bucket, and of others, without moving them. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>, others?: readonly Bucket[]): Promise<Outcome>
}

/** The work itself. */
export interface KeyedWork {
  /** Fingerprint of what the keys are worked on with; it tells whether a replay meets anything new. */
  readonly handlers: string
  /** What of a page is worked on, in whichever bucket, and under which keys. */
  entriesOf(deliveries: readonly Delivery[]): readonly KeyedEvent[]
  /**
   * Works on entries in the order of each key: what is to be committed, and the keys that failed for good. In a replay
   * it is no sign of anything that many keys fail, so it never ends by EW_STUCK.
   */
  run(bundle: Bundle, entries: readonly KeyedEvent[], signal: AbortSignal, isReplay: boolean): Promise<KeyedResult>
  /** The same for what was parked, where that needs more; default `run`. */
  replay?(bundle: Bundle, entries: readonly KeyedEvent[], signal: AbortSignal): Promise<KeyedResult>
  /** The keys that what is parked belongs to now; where they are others, `replay` gets it alone. Default: its own. */
  keysNow?(entry: KeyedEvent): readonly string[]
  /** Counts keys whose work the store refuses. Error: EW_STUCK. */
  refused?(keys: readonly string[], refusal: Error): void
  /** Whether a page with nothing in it needs no commit, wherever its keys are. */
  readonly passes?: boolean
  /** Called after what `run` answered was committed. */
  committed?(): void
  /** Forgets what was remembered of a page that comes again. */
  reset?(): void
}

/** What a piece of work leads to. */
export interface KeyedResult {
  readonly unit: Omit<Unit, 'positions' | 'parks'>
  readonly failed: readonly FailedKey[]
}

/** Keeps parked keys away from the work, parks what fails, and replays what somebody resumes. */
export function keyedHandler(options: KeyedHandlerOptions, work: KeyedWork): Handler {
  const { consumer, parked, again, commit } = options
  const lot = new ParkingLot(consumer, parked, work.handlers)
  let lastParks: readonly ParkWrite[] = []
  let worked: ReadonlySet<Bucket> = new Set()
  /** What is to be done here: in buckets of the bundle, and not done yet. */
  const own = (bundle: Bundle, deliveries: readonly Delivery[]): readonly KeyedEvent[] => {
    const buckets = new Set<Bucket>()
    const entries = work.entriesOf(withoutDeleted(deliveries)).filter(({ key, event }) => {
      const bucket = bundle.bucketOf(key)
      // One bucket alone is read from where it is done.
      if (bucket === undefined || (bundle.buckets.length > 1 && event.position <= bucket.done)) return false
      buckets.add(bucket)
      return true
    })
    worked = buckets
    return entries
  }
  const park = (bundle: Bundle, waits: readonly ParkWrite[], failed: readonly FailedKey[]): readonly ParkWrite[] =>
    (lastParks = [...waits, ...failed.flatMap((each) => lot.park(bundle.bucketOf(each.key)!, [each]))])
  return {
    async handle(bundle, deliveries, signal) {
      await lot.load()
      const { free, waits } = lot.divert(own(bundle, deliveries))
      const { unit, failed } = await work.run(bundle, free, signal, false)
      return { ...unit, parks: park(bundle, waits, failed) }
    },
    worked: () => worked,
    passes: work.passes === true,
    committed() {
      lot.committed(lastParks)
      work.committed?.()
    },
    park(bundle, delivery, refusal) {
      const { free, waits } = lot.divert(own(bundle, [delivery]))
      work.refused?.(
        free.map(({ key }) => key),
        refusal,
      )
      const failed = free.map((entry) => ({ ...entry, rest: [], error: refusal, attempts: 1 }))
      return { parks: park(bundle, waits, failed) }
    },
    aside: (bundle, signal) =>
      replayParked({
        lot,
        bundle,
        consumer,
        parked,
        again,
        commit,
        keysNow: (entry) => work.keysNow?.(entry) ?? [entry.key],
        replay: (entries) =>
          work.replay === undefined ? work.run(bundle, entries, signal, true) : work.replay(bundle, entries, signal),
      }),
    reset() {
      lot.reset()
      work.reset?.()
    },
  }
}

/** Hardly a page has any. */
function withoutDeleted(deliveries: readonly Delivery[]): readonly Delivery[] {
  return deliveries.some(({ deleted }) => deleted) ? deliveries.filter(({ deleted }) => deleted !== true) : deliveries
}
