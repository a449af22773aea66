import { backoffMs, type Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { isEventwrightError } from '../base/errors.ts'
import { randomUnit } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Signal } from '../base/signal.ts'
import type { Outcome, Unit } from '../ports/unit-of-work.ts'
import type { Delivery, Source } from './delivery.ts'
import { offer } from './offer.ts'
import type { Bucket } from './ownership.ts'

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
  /** Called when buckets were taken or lost, to forget what was remembered about them. */
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
  readonly handler: Handler
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

class ConsumerLoop {
  readonly #options: ConsumerOptions
  readonly #status: ConsumerState
  readonly #stop: AbortSignal
  #buckets: Bucket[] = []
  /** By bucket: fires when the consumer stops or the bucket is lost. */
  readonly #ending = new WeakMap<Bucket, AbortSignal>()
  /** When it looks for buckets that others have left. */
  #lookAtMs = 0
  #failures = 0
  /** How many events are still to be taken one by one, to find the one that the store refuses. */
  #singly = 0

  constructor(options: ConsumerOptions, status: ConsumerState, stop: AbortSignal) {
    this.#options = options
    this.#status = status
    this.#stop = stop
  }

  async run(): Promise<void> {
    const { wake, backstopMs, seat } = this.#options
    while (!this.#stop.aborted) {
      const seen = wake.seen()
      if (this.#options.isHeld?.() === true) {
        await wake.after(seen, backstopMs, this.#stop)
        continue
      }
      try {
        const busy = await this.#step()
        this.#failures = 0
        if (!busy && !this.#stop.aborted) await wake.after(seen, backstopMs, this.#stop)
      } catch (error) {
        await this.#pause(error)
      }
    }
    await seat
      .release(this.#buckets)
      .catch((error: unknown) => this.#options.log.warn('releasing buckets failed', { error }))
  }

  /** One round; answers false when there is nothing to do. */
  async #step(): Promise<boolean> {
    this.#buckets = this.#buckets.filter((bucket) => !bucket.lost)
    if (await this.#othersLeftSome()) this.#buckets = []
    if (this.#buckets.length === 0) {
      this.#options.handler.reset?.()
      this.#buckets.push(...(await this.#options.seat.claim()))
      for (const bucket of this.#buckets) this.#ending.set(bucket, AbortSignal.any([this.#stop, bucket.signal]))
      if (this.#buckets.length === 0) {
        this.#status.state = 'waiting'
        return false
      }
      // Whoever has met a newer event has to get past it first.
      if (this.#status.state !== 'needs newer release') this.#status.state = 'running'
    }
    let busy = false
    for (const bucket of this.#buckets) {
      if (this.#stop.aborted) return false
      try {
        const signal = this.#ending.get(bucket)!
        if (await this.#options.handler.aside?.(bucket, signal)) busy = true
        if (!bucket.lost && (await this.#advance(bucket, signal))) busy = true
      } catch (error) {
        // What a lost bucket broke off is no failure; whoever has it now does it again.
        if (!bucket.lost || this.#stop.aborted) throw error
        busy = true
      }
      if (bucket.lost)
        this.#options.log.info('another process took over', { consumer: bucket.consumer, bucket: bucket.bucket })
    }
    return busy
  }

  /** Leases end at different times, so a look now and then finds what could not be claimed with the rest. */
  async #othersLeftSome(): Promise<boolean> {
    const { seat, clock, backstopMs } = this.#options
    if (this.#buckets.length === 0 || this.#buckets.length === seat.buckets) return false
    const nowMs = clock.now()
    if (nowMs < this.#lookAtMs) return false
    this.#lookAtMs = nowMs + backstopMs
    return seat.isAnyFree()
  }

  async #advance(bucket: Bucket, signal: AbortSignal): Promise<boolean> {
    const { source, handler, pageEvents } = this.#options
    const events = await source.after(bucket, this.#singly > 0 ? 1 : pageEvents)
    if (events.length === 0) return false
    const unit = await handler.handle(bucket, events, signal)
    const refusal = await this.#commit(bucket, events, unit)
    if (refusal === undefined) return true
    if (events.length > 1) {
      handler.reset?.()
      this.#singly = events.length
      return true
    }
    const again = await this.#commit(bucket, events, handler.park(bucket, events[0]!, refusal))
    if (again !== undefined) throw again
    return true
  }

  /**
   * Answers why the store refuses the unit for good; a unit that has lost to somebody else is simply worked out again.
   */
  async #commit(
    bucket: Bucket,
    events: readonly Delivery[],
    unit: Omit<Unit, 'positions'>,
  ): Promise<Error | undefined> {
    const { handler, seat } = this.#options
    const to = events.at(-1)!.position
    const { outcome, refusal } = await offer(() => seat.commit(bucket, to, unit))
    if (outcome === undefined) return refusal
    if (outcome.ok) {
      bucket.position = to
      handler.committed?.(bucket, events)
      this.#singly = Math.max(0, this.#singly - events.length)
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

  async #pause(error: unknown): Promise<void> {
    const { clock, log, name, seat } = this.#options
    // Work that was broken off by the stop is no problem of the consumer.
    if (this.#stop.aborted) return
    const newer = isEventwrightError(error, 'EW_EVENT_NEWER')
    const stuck = isEventwrightError(error, 'EW_STUCK')
    this.#status.problem = error instanceof Error ? error.message : String(error)
    this.#status.state = newer ? 'needs newer release' : stuck ? 'stopped' : 'running'
    if (newer || stuck) {
      const given = this.#buckets
      this.#buckets = []
      await seat.release(given).catch(() => undefined)
    }
    if (stuck) {
      log.error('consumer stopped', { consumer: name, error })
      return void (await clock.sleep(2 ** 31 - 1, this.#stop))
    }
    log.warn('consumer will try again', { consumer: name, error })
    const delayMs = newer ? 2_000 : backoffMs(pauses, ++this.#failures, randomUnit())
    await clock.sleep(delayMs, this.#stop)
  }
}
