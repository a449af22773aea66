import type { FailedTry } from '../parking/keyed-run.ts'
import type { Bucket } from '../ownership.ts'
import { ParkingLot } from '../parking/parking.ts'
import type { Core } from './core.ts'
import { DueTimes } from './due-times.ts'
import { Inbox } from './inbox.ts'
import { Instances } from './instances.ts'
import type { RunnerOptions } from './options.ts'
import { Resting } from './resting.ts'
import { Waits } from './waits.ts'

/**
 * What an owner knows about the instances of one bucket. It dies with its ownership; whoever comes next finds
 * everything in the store.
 */
export interface Desk<S, I> {
  readonly options: RunnerOptions
  readonly core: Core<S, I>
  readonly bucket: Bucket
  /** Fires when the bucket is lost or the runner stops. */
  readonly signal: AbortSignal
  readonly inbox: Inbox<I>
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
  /** When the owner began, on the database's clock; undefined before its first round. */
  begunAtMs: number | undefined
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
export function emptyDesk<S, I>(
  options: RunnerOptions,
  core: Core<S, I>,
  bucket: Bucket,
  signal: AbortSignal,
): Desk<S, I> {
  const { store, clock, wake } = options
  return {
    options,
    core,
    bucket,
    signal,
    inbox: new Inbox(),
    instances: new Instances(store),
    waits: new Waits(),
    wanted: new Set(),
    resting: new Resting(clock, wake, signal),
    lot: new ParkingLot(bucket.consumer, store.parked, core.handlers),
    tries: new Map(),
    singly: new Set(),
    due: new DueTimes(store.sagas, core.name, clock, wake, signal),
    stale: new Set(),
    begunAtMs: undefined,
    apart: new Set(),
    meeting: new Set(),
    left: new Set(),
    remarked: new Set(),
  }
}
