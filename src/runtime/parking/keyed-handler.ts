import type { ParkedDelivery, ParkedTable } from '../../ports/parked.ts'
import type { Outcome, ParkWrite, Unit } from '../../ports/unit-of-work.ts'
import type { Handler } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
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
  /** Commits under the bucket's fence without moving it. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<Outcome>
}

/** The work itself. */
export interface KeyedWork {
  /** Fingerprint of what the keys are worked on with; it tells whether a replay meets anything new. */
  readonly handlers: string
  /** What of a page is worked on in a bucket, and under which keys. */
  entriesOf(bucket: Bucket, deliveries: readonly Delivery[]): readonly KeyedEvent[]
  /**
   * Works on entries in the order of each key: what is to be committed, and the keys that failed for good. In a replay
   * it is no sign of anything that many keys fail, so it never ends by EW_STUCK.
   */
  run(bucket: Bucket, entries: readonly KeyedEvent[], signal: AbortSignal, isReplay: boolean): Promise<KeyedResult>
  /** The same for what was parked, where that needs more; default `run`. */
  replay?(bucket: Bucket, entries: readonly KeyedEvent[], signal: AbortSignal): Promise<KeyedResult>
  /** Whether what is parked under a key now belongs to other keys, so that `replay` gets it alone; default: never. */
  isApart?(entry: KeyedEvent): boolean
  /** Counts keys whose work the store refuses. Error: EW_STUCK. */
  refused?(keys: readonly string[], refusal: Error): void
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
  return {
    async handle(bucket, deliveries, signal) {
      await lot.load()
      const { free, waits } = lot.divert(work.entriesOf(bucket, deliveries))
      const { unit, failed } = await work.run(bucket, free, signal, false)
      lastParks = [...waits, ...lot.park(bucket, failed)]
      return { ...unit, parks: lastParks }
    },
    committed() {
      lot.committed(lastParks)
      work.committed?.()
    },
    park(bucket, delivery, refusal) {
      const { free, waits } = lot.divert(work.entriesOf(bucket, [delivery]))
      work.refused?.(
        free.map(({ key }) => key),
        refusal,
      )
      const failed = free.map((entry) => ({ ...entry, rest: [], error: refusal, attempts: 1 }))
      lastParks = [...waits, ...lot.park(bucket, failed)]
      return { parks: lastParks }
    },
    aside: (bucket, signal) =>
      replayParked({
        lot,
        bucket,
        consumer,
        parked,
        again,
        commit,
        isApart: (entry) => work.isApart?.(entry) === true,
        replay: (entries) =>
          work.replay === undefined ? work.run(bucket, entries, signal, true) : work.replay(bucket, entries, signal),
      }),
    reset() {
      lot.reset()
      work.reset?.()
    },
  }
}
