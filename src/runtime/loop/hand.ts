import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Unit } from '../../ports/unit-of-work.ts'
import type { Bucket } from '../ownership.ts'
import type { Bundle } from './bundle.ts'
import type { Delivery, Source } from './delivery.ts'
import type { Handler, Seat } from './handler.ts'
import { deliveryLog } from '../telemetry/delivery-log.ts'
import { offer } from './offer.ts'

/** What a hand works with. */
export interface HandOptions {
  readonly source: Source
  readonly pageEvents: number
  readonly handler: Handler
  readonly seat: Seat
  readonly clock: Clock
  readonly log: Log
  /** Fires when the consumer stops. */
  readonly stop: AbortSignal
  /** Called when it has come further. */
  onProgress(): void
}

/** How long a bucket may be further than its stored position says: alone, and where others wait for what they read. */
const aloneMs = 1_000
const togetherMs = 200

/**
 * What works on one bundle: reads a page, handles it, commits what came of it together with the positions of those
 * buckets for which there was something. The others follow now and then, since it does no harm when whoever has them
 * next reads again what was not for them; every page would be as many writes as there are buckets.
 */
export class Hand {
  readonly bundle: Bundle
  /** Fires when the consumer stops or a bucket is lost. */
  readonly signal: AbortSignal
  /** How often in a row it broke off. */
  failures = 0
  readonly #options: HandOptions
  /** How far it has read. */
  #position: number
  /** How many events are still to be taken one by one, to find the one that the store refuses. */
  #singly = 0
  /** Since when the stored position of a bucket is behind. */
  #behindSinceMs: number | undefined

  constructor(bundle: Bundle, options: HandOptions) {
    this.bundle = bundle
    this.signal = AbortSignal.any([options.stop, bundle.signal])
    this.#options = options
    this.#position = Math.min(...bundle.buckets.map(({ done }) => done))
    this.#noteBehind()
  }

  get position(): number {
    return this.#position
  }

  /** Does what there is to do; answers false when that was nothing. */
  async work(): Promise<boolean> {
    const { bundle, signal } = this
    const didAside = (await this.#options.handler.aside?.(bundle, signal)) === true
    return (!bundle.lost && (await this.#advance())) || didAside
  }

  mayLeave(bucket: Bucket): boolean {
    return this.#options.handler.mayLeave?.(bucket) ?? true
  }

  /** Waits for what has begun beside the source. */
  async drain(over: AbortSignal): Promise<void> {
    await this.#options.handler.drain?.(this.bundle, this.signal, over)
  }

  /** Stores how far the buckets have come; a bucket that was lost is noticed. */
  async settle(): Promise<void> {
    for (;;) {
      const behind = this.bundle.buckets.filter(({ position, done, lost }) => position < done && !lost)
      if (behind.length === 0) return
      await this.#commit([], behind, {})
      // One that is lost keeps the others from moving with it.
      if (!behind.some(({ lost }) => lost)) return
    }
  }

  async #advance(): Promise<boolean> {
    const { source, pageEvents, handler } = this.#options
    const { bundle, signal } = this
    const place = { bucket: bundle.buckets[0]!.bucket, position: this.#position, held: bundle.signal }
    const events = await source.after(place, this.#singly > 0 ? 1 : pageEvents)
    if (events.length === 0) {
      if (this.#isDue(true)) await this.settle()
      return false
    }
    const refusal = await this.#take(events, await handler.handle(bundle, events, signal))
    if (refusal === undefined) return true
    if (events.length > 1) {
      handler.reset?.()
      this.#singly = events.length
      return true
    }
    const again = await this.#take(events, handler.park(bundle, events[0]!, refusal))
    if (again !== undefined) throw again
    return true
  }

  async #take(events: readonly Delivery[], unit: Omit<Unit, 'positions'>): Promise<Error | undefined> {
    const { handler, seat } = this.#options
    const { buckets } = this.bundle
    const mayPass = seat.isSpread || handler.passes === true
    const worked = mayPass && !this.#isDue(false) ? handler.worked?.() : undefined
    if (worked === undefined || (worked.size === 0 && !isEmpty(unit))) return this.#commit(events, buckets, unit)
    if (worked.size > 0) return this.#commit(events, [...worked], unit)
    this.#passed(events)
    return undefined
  }

  /**
   * Answers why the store refuses the unit for good; a unit that has lost to somebody else is simply worked out again.
   */
  async #commit(
    events: readonly Delivery[],
    buckets: readonly Bucket[],
    unit: Omit<Unit, 'positions'>,
  ): Promise<Error | undefined> {
    const { seat, handler } = this.#options
    const to = events.at(-1)?.position ?? this.#position
    const { outcome, refusal } = await offer(() => seat.commit(buckets, to, unit))
    if (outcome === undefined) return refusal
    if (outcome.ok) {
      this.#tellParked(unit, events)
      this.#passed(events)
    } else if (outcome.reason === 'owner') {
      buckets.find(({ bucket }) => bucket === outcome.bucket)?.lose()
    } else {
      // A guarded row changed between read and commit: the same events again, on fresh rows.
      handler.reset?.()
    }
    return undefined
  }

  /** All that is held is done up to the end of these events. */
  #passed(events: readonly Delivery[]): void {
    const { handler, seat, onProgress } = this.#options
    if (events.length > 0) {
      this.#position = events.at(-1)!.position
      seat.passed(this.bundle.buckets, this.#position)
      handler.committed?.(this.bundle, events)
      this.#singly = Math.max(0, this.#singly - events.length)
      onProgress()
    }
    this.#noteBehind()
  }

  #noteBehind(): void {
    const isBehind = this.bundle.buckets.some(({ position, done }) => position < done)
    this.#behindSinceMs = isBehind ? (this.#behindSinceMs ?? this.#options.clock.now()) : undefined
  }

  /** Others may wait for what they only see when it is stored: soon, and at once when nothing else is to be done. */
  #isDue(isQuiet: boolean): boolean {
    const { seat, clock } = this.#options
    if (this.#behindSinceMs === undefined) return false
    if (seat.isAwaited()) return true
    if (!this.bundle.isWhole && isQuiet) return true
    return clock.now() - this.#behindSinceMs >= (this.bundle.isWhole ? aloneMs : togetherMs)
  }

  /** What is set aside waits for a person, who should hear of it. */
  #tellParked({ parks = [] }: Omit<Unit, 'positions'>, events: readonly Delivery[]): void {
    for (const park of parks) {
      if (park.kind !== 'park') continue
      this.#options.source.parked?.(park)
      const { consumer, key, code, message: problem, attempts, facts, position } = park
      const { id, type } = facts
      const event = events.find((each) => each.position === position)
      const what = { consumer, key, type, id, code, problem, attempts }
      deliveryLog(this.#options.log, event, facts).error('a message was set aside, and its key is parked', what)
    }
  }
}

function isEmpty(unit: Omit<Unit, 'positions'>): boolean {
  return Object.values(unit).every((list) => list === undefined || list.length === 0)
}
