import { backoffMs, type Backoff } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { randomUnit } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import { checkpointAhead } from '../log/checkpoints.ts'
import type { Bucket } from '../ownership.ts'
import type { Source } from './delivery.ts'
import type { Hand } from './hand.ts'
import { Hands } from './hands.ts'
import type { Handler, Seat } from './handler.ts'

/** What everybody may see of a consumer in this process. */
export interface ConsumerState {
  readonly name: string
  state: 'waiting' | 'running' | 'stopped' | 'needs newer release' | 'ahead'
  /** Why it stopped or what failed last. */
  problem: string | undefined
}

/** What a consumer is made of. */
export interface ConsumerOptions {
  readonly name: string
  readonly pageEvents: number
  /** A handler for each bundle, since what it remembers between a page and its commit belongs to that. */
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
  /** Fires when a stop has waited long enough for what is under way; without it a stop does not wait for that. */
  readonly over?: AbortSignal | undefined
}

/** A running read-handle-commit loop. */
export interface Consumer {
  readonly status: ConsumerState
  /** Ends after the unit in hand is committed, and what is under way unless that takes too long; gives buckets back. */
  stop(): Promise<void>
}

const pauses: Backoff = { firstMs: 100, factor: 2, maxMs: 5_000, jitter: 0.5 }
const newerMs = 2_000

/**
 * THE loop: claim buckets, read their source from where they stand, handle, commit the result together with the
 * positions, wait to be woken. Projections, subscriptions and what follows them differ only in their handler and seat.
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

/** How a turn ended: `more` when another one should follow at once. */
type Turn = { readonly more: boolean } | { readonly error: unknown }

class ConsumerLoop {
  readonly #options: ConsumerOptions
  readonly #status: ConsumerState
  readonly #stop: AbortSignal
  readonly #hands: Hands
  /** What is being done now, all hands beside each other: a slow one holds nobody else up. */
  readonly #turns = new Map<Hand, Promise<Turn>>()
  readonly #isBusy = (hand: Hand): boolean => this.#turns.has(hand)
  /** When it looks for buckets that others have left. */
  #lookAtMs = 0
  #failures = 0

  constructor(options: ConsumerOptions, status: ConsumerState, stop: AbortSignal) {
    this.#options = options
    this.#status = status
    this.#stop = stop
    const onProgress = (): void => {
      status.problem = undefined
      status.state = 'running'
    }
    this.#hands = new Hands({ ...options, stop, onProgress })
  }

  async run(): Promise<void> {
    const { wake } = this.#options
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
    await this.#drained()
    await this.#giveBack(this.#hands.buckets())
  }

  async #drained(): Promise<void> {
    const { over, log } = this.#options
    if (over === undefined) return
    const warn = (error: unknown): void => log.warn('what was under way did not end well', { error })
    // One after the other, since hands may share what is under way.
    for (const hand of this.#hands.all()) await hand.drain(over).catch(warn)
  }

  async #hasBuckets(): Promise<boolean> {
    if (this.#hands.survey().hasWanted) await this.#handOver()
    if (!(await this.#isAnyFree())) {
      const { held, hasLost } = this.#hands.survey()
      if (hasLost || this.#hands.all().length > 1) this.#hands.regroup(this.#isBusy)
      const isEmpty = held === 0
      if (isEmpty && this.#status.state === 'running') this.#status.state = 'waiting'
      return !isEmpty
    }
    // What is held comes anew with the rest, so nobody may be at work on it.
    await this.#settled()
    const buckets = await this.#options.seat.claim()
    this.#hands.hold(buckets)
    await this.#assertNotAhead(buckets)
    if (buckets.length === 0) this.#status.state = 'waiting'
    // Whoever has met a newer event has to get past it first.
    else if (this.#status.state !== 'needs newer release') this.#status.state = 'running'
    return buckets.length > 0
  }

  /** Whoever stands behind the end of its source would pass over what comes. Error: EW_CHECKPOINT_AHEAD. */
  async #assertNotAhead(buckets: readonly Bucket[]): Promise<void> {
    if (buckets.every(({ position }) => position === 0)) return
    const endOf = await this.#options.source.ends?.()
    const ahead = endOf && buckets.find(({ bucket, position }) => position > endOf(bucket))
    if (ahead !== undefined) throw checkpointAhead({ ...ahead, end: endOf!(ahead.bucket) })
  }

  /** Gives back what others would like to have, as soon as nothing of it is in hand or under way. */
  async #handOver(): Promise<void> {
    const idle = this.#hands.all().filter((hand) => !this.#isBusy(hand))
    const given = idle.flatMap((hand) =>
      hand.bundle.buckets.filter((bucket) => bucket.wanted && !bucket.lost && hand.mayLeave(bucket)),
    )
    if (given.length > 0) await this.#giveBack(given)
  }

  /** Whoever has them next begins where they are stored, so that is brought up first. */
  async #giveBack(given: readonly Bucket[]): Promise<void> {
    const { seat, log } = this.#options
    await this.#hands.settle(given).catch((error: unknown) => log.warn('storing positions failed', { error }))
    await seat.release(given).catch((error: unknown) => log.warn('releasing buckets failed', { error }))
    this.#hands.drop(given)
  }

  #begin(): void {
    for (const hand of this.#hands.ready(this.#isBusy))
      this.#turns.set(hand, this.#turn(hand, this.#options.wake.seen()))
  }

  /** Waits until a hand has done something, or somebody wakes it, or the time has come to look again. */
  async #more(seen: number): Promise<void> {
    const { wake, backstopMs } = this.#options
    const woken = (): Promise<Turn> => wake.after(seen, backstopMs, this.#stop).then(() => ({ more: true }))
    let waking = this.#turns.size === 0 ? woken() : undefined
    for (;;) {
      const first = await Promise.race([...this.#turns.values(), ...(waking === undefined ? [] : [waking])])
      if ('error' in first) throw first.error
      if (first.more || this.#hands.isClosing(this.#isBusy)) return
      waking ??= woken()
    }
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#turns.values())
  }

  async #turn(hand: Hand, seen: number): Promise<Turn> {
    const { bundle } = hand
    try {
      const busy = await hand.work()
      hand.failures = 0
      // What came after it had looked must not wait for the next to come.
      return { more: busy || this.#options.wake.seen() !== seen }
    } catch (error) {
      // What a lost bucket or the stop broke off is no failure; whoever has it next does it again.
      if (bundle.lost || this.#stop.aborted) return { more: true }
      if (isEventwrightError(error, 'EW_EVENT_NEWER') || isEventwrightError(error, 'EW_STUCK')) return { error }
      await this.#rest(error, ++hand.failures, hand.signal)
      return { more: true }
    } finally {
      this.#turns.delete(hand)
      if (bundle.lost) {
        this.#lookAtMs = 0
        const lost = bundle.buckets.filter((bucket) => bucket.lost).map(({ bucket }) => bucket)
        this.#options.log.info('another process took over', { consumer: this.#options.name, buckets: lost })
      }
    }
  }

  /**
   * Leases end at different times, so a look now and then finds what could not be claimed with the rest. It only reads:
   * who owns nothing must not write at every commit of others.
   */
  async #isAnyFree(): Promise<boolean> {
    const { seat, clock, backstopMs } = this.#options
    if (this.#hands.survey().held === seat.buckets) return false
    const nowMs = clock.now()
    if (nowMs < this.#lookAtMs && !seat.isGranted()) return false
    this.#lookAtMs = nowMs + backstopMs
    return seat.isAnyFree()
  }

  async #pause(error: unknown): Promise<void> {
    const { clock, log, name } = this.#options
    // Work that was broken off by the stop is no problem of the consumer.
    if (this.#stop.aborted) return
    const newer = isEventwrightError(error, 'EW_EVENT_NEWER')
    const ahead = isEventwrightError(error, 'EW_CHECKPOINT_AHEAD')
    const stuck = ahead || isEventwrightError(error, 'EW_STUCK')
    if (newer || stuck) {
      await this.#settled()
      await this.#giveBack(this.#hands.buckets())
    }
    this.#status.problem = error instanceof Error ? error.message : String(error)
    this.#status.state = newer ? 'needs newer release' : ahead ? 'ahead' : stuck ? 'stopped' : 'running'
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
