import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { Bucket } from '../ownership.ts'
import type { Bundle } from './bundle.ts'
import type { Delivery } from './delivery.ts'

/** What differs between the kinds of consumers; the loop is the same for all. */
export interface Handler {
  /**
   * Works on events of a bundle in their order and answers what is to commit with the new positions. Events up to where
   * the bucket of a key is done come again and are passed over. `signal` fires when the consumer stops or a bucket is
   * lost. A rejection makes the loop try the same events again after a pause; a fenced owner must not have acted.
   */
  handle(bundle: Bundle, events: readonly Delivery[], signal: AbortSignal): Promise<Omit<Unit, 'positions'>>
  /** The buckets for which there was something in the page in hand; without it all of them move. */
  worked?(): ReadonlySet<Bucket>
  /**
   * Whether a page with nothing in it is passed without a commit also where keys are not spread: nobody waits for where
   * it stands, as others do for a view.
   */
  readonly passes?: boolean
  /** Called after the unit of `handle` was committed. */
  committed?(bundle: Bundle, events: readonly Delivery[]): void
  /** What parks an event whose unit the store refuses for good. Error: EW_STUCK. */
  park(bundle: Bundle, event: Delivery, refusal: Error): Omit<Unit, 'positions'>
  /**
   * Work that waits beside the source, such as parked keys that somebody wants replayed; answers true when it did some.
   */
  aside?(bundle: Bundle, signal: AbortSignal): Promise<boolean>
  /** Whether nothing beside the source is under way for a bucket that others want; without it always. */
  mayLeave?(bucket: Bucket): boolean
  /** Brings what has begun beside the source to an end when the consumer stops, until `over` fires at the longest. */
  drain?(bundle: Bundle, signal: AbortSignal, over: AbortSignal): Promise<void>
  /** Called when a page did not commit and comes again: what was remembered of it is forgotten. */
  reset?(): void
}

/** Where a consumer's positions and units live: the store, or the memory of this process for live views. */
export interface Seat {
  /** How many buckets there are in all, held by whomever. */
  readonly buckets: number
  /** Whether its keys are spread over buckets that read the same; otherwise each bucket is a source of its own. */
  readonly isSpread: boolean
  /** Takes what is free; those that this process holds already come anew. Error: EW_CONSUMERS_NOT_LEVEL. */
  claim(): Promise<readonly Bucket[]>
  /** Whether a claim would bring a bucket that nobody holds. */
  isAnyFree(): Promise<boolean>
  /** Whether something was given up for this process, so that a look is worth it now. */
  isGranted(): boolean
  release(buckets: readonly Bucket[]): Promise<void>
  /** Commits a unit that moves these buckets, those that are done further as far as they are. */
  commit(buckets: readonly Bucket[], to: number, unit: Omit<Unit, 'positions'>): Promise<Outcome>
  /** Notes that all is done in these buckets up to there. */
  passed(buckets: readonly Bucket[], to: number): void
  /** Whether somebody here waits for positions to be stored. */
  isAwaited(): boolean
  /** Asks whoever has a bucket to give it here. */
  wish(bucket: number): Promise<void>
}
