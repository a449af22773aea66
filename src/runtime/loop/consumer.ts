import { backoffMs, type Backoff } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { randomUnit } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { Delivery, Source } from './delivery.ts'
import { offer } from './offer.ts'
import type { Bucket } from '../ownership.ts'

/** What differs between the kinds of consumers; the loop is the same for all. */
export interface Handler {
  /**
   * Works on events of one bucket in their order and answers what is to commit with the new position. `signal` fires
   * when the consumer stops or the bucket is lost.
   * A rejection makes the loop try the same events again after a pause; it must not have acted for a fenced owner.
   */
  handle(bucket: Bucket, events: readonly Delivery[], signal: AbortSignal): Promise<Omit<Unit, 'positions'>>
  /** Called after the unit of `handle` was committed. */
  committed?(bucket: Bucket, events: readonly Delivery[]): void
  /** What parks an event whose unit the store refuses for good. Error: EW_STUCK. */
  park(bucket: Bucket, event: Delivery, refusal: Error): Omit<Unit, 'positions'>
  /**
   * Work that waits beside the source, such as parked keys that somebody wants replayed; answers true when it did some.
   */
  aside?(bucket: Bucket, signal: AbortSignal): Promise<boolean>
  /** Called when a page did not commit and comes again: what was remembered of it is forgotten. */
  reset?(): void
}

/** Where a consumer's positions and units live: the store, or the memory of this process for live views. */
export interface Seat {
  /** How many buckets there are in all, held by whomever. */
  readonly buckets: number
  /** Takes what is free; those that this process holds already come anew. */
  claim(): Promise<readonly Bucket[]>
  /** Whether a claim would bring a bucket that nobody holds. */
  isAnyFree(): Promise<boolean>
  release(buckets: readonly Bucket[]): Promise<void>
  commit(bucket: Bucket, to: number, unit: Omit<Unit, 'positions'>): Promise<Outcome>
}

/** What everybody may see of a consumer in this process. */
export interface ConsumerState {
  readonly name: string
  state: 'waiting' | 'running' | 'stopped' | 'needs newer release'
  /** Why it stopped or what failed last. */
  problem: string | undefined
}

/** What a consumer is made of. */
export interface ConsumerOptions {
  readonly name: string
  readonly pageEvents: number
  /** A handler for each bucket, since what it remembers between a page and its commit belongs to one of them. */
  handler(): Handler
  readonly seat: Seat
  readonly source: Source
  readonly wake: Signal
  readonly clock: Clock
  readonly log: Log
  /** Longest silence before it looks again although nobody woke it. */
  readonly backstopMs: number
  /** True while it must not work yet; whoever ends that raises `wake`. */
  isHeld?(): boolean
}

/** A running read-handle-commit loop. */
export interface Consumer {
  readonly status: ConsumerState
  /** Ends after the unit in hand is committed and gives its buckets back. */
  stop(): Promise<void>
}

const pauses: Backoff = { firstMs: 100, factor: 2, maxMs: 5_000, jitter: 0.5 }
const newerMs = 2_000

/**
 * THE loop: claim buckets, read their source from where they stand, handle, commit the result together with the
 * position, wait to be woken. Projections, subscriptions and what follows them differ only in their handler and seat.
 */
export function startConsumer(options: ConsumerOptions): Consumer {
  const status: ConsumerState = { name: options.name, state: 'waiting', problem: undefined }
  const stop = new AbortController()
  const done = new ConsumerLoop(options, status, stop.signal).run()
  return {
    status,
    async stop() {
      stop.abort()
      options.wake.raise()
      await done
    },
  }
}

/** What works on one bucket. */
interface Hand {
  readonly handler: Handler
  /** Fires when the consumer stops or the bucket is lost. */
  readonly signal: AbortSignal
  /** How many events are still to be taken one by one, to find the one that the store refuses. */
  singly: number
  /** How often in a row it broke off. */
  failures: number
}

/** How a turn ended: `more` when another one should follow at once. */
type Turn = { readonly more: boolean } | { readonly error: unknown }

class ConsumerLoop {
  readonly #options: ConsumerOptions
  readonly #status: ConsumerState
  readonly #stop: AbortSignal
  #buckets: Bucket[] = []
  readonly #hands = new WeakMap<Bucket, Hand>()
  /** What is being done now, a bucket at a time and all buckets beside each other: a slow one holds nobody else up. */
  readonly #turns = new Map<Bucket, Promise<Turn>>()
  /** When it looks for buckets that others have left. */
  #lookAtMs = 0
  #failures = 0

  constructor(options: ConsumerOptions, status: ConsumerState, stop: AbortSignal) {
    this.#options = options
    this.#status = status
    this.#stop = stop
  }

  async run(): Promise<void> {
    const { wake, seat, log } = this.#options
    while (!this.#stop.aborted) {
      const seen = wake.seen()
      try {
        if (this.#options.isHeld?.() !== true && (await this.#hasBuckets())) this.#begin()
        await this.#more(seen)
        this.#failures = 0
      } catch (error) {
        await this.#pause(error)
      }
    }
    await this.#settled()
    await seat.release(this.#buckets).catch((error: unknown) => log.warn('releasing buckets failed', { error }))
  }

  async #hasBuckets(): Promise<boolean> {
    this.#buckets = this.#buckets.filter((bucket) => !bucket.lost)
    await this.#handOver()
    if (!(await this.#isAnyFree())) {
      if (this.#buckets.length === 0 && this.#status.state === 'running') this.#status.state = 'waiting'
      return this.#buckets.length > 0
    }
    // What is held comes anew with the rest, so nobody may be at work on it.
    await this.#settled()
    this.#buckets = [...(await this.#options.seat.claim())]
    for (const bucket of this.#buckets) {
      const signal = AbortSignal.any([this.#stop, bucket.signal])
      this.#hands.set(bucket, { handler: this.#options.handler(), signal, singly: 0, failures: 0 })
    }
    if (this.#buckets.length === 0) this.#status.state = 'waiting'
    // Whoever has met a newer event has to get past it first.
    else if (this.#status.state !== 'needs newer release') this.#status.state = 'running'
    return this.#buckets.length > 0
  }

  /** Gives back what others would like to have, as soon as nothing of it is in hand. */
  async #handOver(): Promise<void> {
    const given = this.#buckets.filter((bucket) => bucket.wanted && !this.#turns.has(bucket))
    if (given.length === 0) return
    this.#buckets = this.#buckets.filter((bucket) => !given.includes(bucket))
    await this.#options.seat.release(given)
  }

  #begin(): void {
    for (const bucket of this.#buckets)
      if (!bucket.wanted && !this.#turns.has(bucket))
        this.#turns.set(bucket, this.#turn(bucket, this.#options.wake.seen()))
  }

  /** Waits until a bucket has done something, or somebody wakes it, or the time has come to look again. */
  async #more(seen: number): Promise<void> {
    const { wake, backstopMs } = this.#options
    const woken = (): Promise<Turn> => wake.after(seen, backstopMs, this.#stop).then(() => ({ more: true }))
    let waking = this.#turns.size === 0 ? woken() : undefined
    for (;;) {
      const first = await Promise.race([...this.#turns.values(), ...(waking === undefined ? [] : [waking])])
      if ('error' in first) throw first.error
      if (first.more) return
      waking ??= woken()
    }
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#turns.values())
  }

  async #turn(bucket: Bucket, seen: number): Promise<Turn> {
    const hand = this.#hands.get(bucket)!
    try {
      const busy = await this.#work(bucket, hand)
      hand.failures = 0
      // What came after it had looked must not wait for the next to come.
      return { more: busy || this.#options.wake.seen() !== seen }
    } catch (error) {
      // What a lost bucket or the stop broke off is no failure; whoever has it next does it again.
      if (bucket.lost || this.#stop.aborted) return { more: true }
      if (isEventwrightError(error, 'EW_EVENT_NEWER') || isEventwrightError(error, 'EW_STUCK')) return { error }
      await this.#rest(error, ++hand.failures, hand.signal)
      return { more: true }
    } finally {
      this.#turns.delete(bucket)
      if (bucket.lost) {
        this.#lookAtMs = 0
        this.#options.log.info('another process took over', { consumer: bucket.consumer, bucket: bucket.bucket })
      }
    }
  }

  async #work(bucket: Bucket, hand: Hand): Promise<boolean> {
    const didAside = (await hand.handler.aside?.(bucket, hand.signal)) === true
    return (!bucket.lost && (await this.#advance(bucket, hand))) || didAside
  }

  /**
   * Leases end at different times, so a look now and then finds what could not be claimed with the rest. It only reads:
   * who owns nothing must not write at every commit of others.
   */
  async #isAnyFree(): Promise<boolean> {
    const { seat, clock, backstopMs } = this.#options
    if (this.#buckets.length === seat.buckets) return false
    const nowMs = clock.now()
    if (nowMs < this.#lookAtMs) return false
    this.#lookAtMs = nowMs + backstopMs
    return seat.isAnyFree()
  }

  async #advance(bucket: Bucket, hand: Hand): Promise<boolean> {
    const { source, pageEvents } = this.#options
    const { handler, signal } = hand
    const events = await source.after(bucket, hand.singly > 0 ? 1 : pageEvents)
    if (events.length === 0) return false
    const unit = await handler.handle(bucket, events, signal)
    const refusal = await this.#commit(bucket, hand, events, unit)
    if (refusal === undefined) return true
    if (events.length > 1) {
      handler.reset?.()
      hand.singly = events.length
      return true
    }
    const again = await this.#commit(bucket, hand, events, handler.park(bucket, events[0]!, refusal))
    if (again !== undefined) throw again
    return true
  }

  /**
   * Answers why the store refuses the unit for good; a unit that has lost to somebody else is simply worked out again.
   */
  async #commit(
    bucket: Bucket,
    hand: Hand,
    events: readonly Delivery[],
    unit: Omit<Unit, 'positions'>,
  ): Promise<Error | undefined> {
    const { seat } = this.#options
    const { handler } = hand
    const to = events.at(-1)!.position
    const { outcome, refusal } = await offer(() => seat.commit(bucket, to, unit))
    if (outcome === undefined) return refusal
    if (outcome.ok) {
      bucket.position = to
      handler.committed?.(bucket, events)
      this.#tellParked(unit)
      hand.singly = Math.max(0, hand.singly - events.length)
      this.#status.problem = undefined
      this.#status.state = 'running'
    } else if (outcome.reason === 'owner') {
      bucket.lose()
    } else {
      // A guarded row changed between read and commit: the same events again, on fresh rows.
      handler.reset?.()
    }
    return undefined
  }

  /** What is set aside waits for a person, who should hear of it. */
  #tellParked({ parks = [] }: Omit<Unit, 'positions'>): void {
    for (const park of parks) {
      if (park.kind !== 'park') continue
      const { consumer, key, code, message, attempts } = park
      this.#options.log.error('a message was set aside, and its key is parked', {
        consumer,
        key,
        code,
        message,
        attempts,
      })
    }
  }

  async #pause(error: unknown): Promise<void> {
    const { clock, log, name, seat } = this.#options
    // Work that was broken off by the stop is no problem of the consumer.
    if (this.#stop.aborted) return
    const newer = isEventwrightError(error, 'EW_EVENT_NEWER')
    const stuck = isEventwrightError(error, 'EW_STUCK')
    if (newer || stuck) {
      await this.#settled()
      const given = this.#buckets
      this.#buckets = []
      await seat.release(given).catch(() => undefined)
    }
    this.#status.problem = error instanceof Error ? error.message : String(error)
    this.#status.state = newer ? 'needs newer release' : stuck ? 'stopped' : 'running'
    if (stuck) {
      log.error('consumer stopped', { consumer: name, error })
      return void (await clock.sleep(2 ** 31 - 1, this.#stop))
    }
    if (!newer) return this.#rest(error, ++this.#failures, this.#stop)
    log.warn('consumer will try again', { consumer: name, error })
    await clock.sleep(newerMs, this.#stop)
  }

  async #rest(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const { clock, log, name } = this.#options
    this.#status.problem = error instanceof Error ? error.message : String(error)
    log.warn('consumer will try again', { consumer: name, error })
    await clock.sleep(backoffMs(pauses, failures, randomUnit()), signal)
  }
}
