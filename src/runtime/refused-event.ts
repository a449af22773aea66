import type { ParkWrite } from '../ports/unit-of-work.ts'
import type { KeyedEvent, KeyedRunner } from './keyed-run.ts'
import type { Bucket } from './ownership.ts'
import type { ParkingLot } from './parking.ts'

/** An event whose unit the store refuses for good, with the reason, in the work of each of its keys. */
export interface RefusedEvent {
  readonly entries: readonly KeyedEvent[]
  readonly refusal: unknown
}

/** What parks the keys of a refused event; they count like keys whose handler failed. Error: EW_STUCK. */
export function parkRefused(
  lot: ParkingLot,
  runner: KeyedRunner,
  bucket: Bucket,
  { entries, refusal }: RefusedEvent,
  stuckAfter: number,
): readonly ParkWrite[] {
  const { free, waits } = lot.divert(entries)
  const keys = free.map(({ key }) => key)
  runner.refused(keys, refusal, stuckAfter)
  const failed = free.map((entry) => ({ ...entry, rest: [], error: refusal, attempts: 1 }))
  return [...waits, ...lot.park(bucket, failed)]
}
