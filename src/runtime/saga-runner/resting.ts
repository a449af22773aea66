import { backoffMs, type Backoff } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'

const pauses: Backoff = { firstMs: 200, factor: 2, maxMs: 60_000, jitter: 0.5 }

/** Instances that cannot go on: each rests for a while, longer every time, so that it holds up nobody else. */
export class Resting {
  readonly #clock: Clock
  readonly #wake: Signal
  readonly #asleep = new Map<string, object>()
  readonly #failures = new Map<string, number>()

  constructor(clock: Clock, wake: Signal) {
    this.#clock = clock
    this.#wake = wake
  }

  has(id: string): boolean {
    return this.#asleep.has(id)
  }

  /** Those that have failed and not gone on since. */
  ids(): Iterable<string> {
    return this.#failures.keys()
  }

  /**
   * Puts an instance to rest, until `stop` fires at the latest; answers how often it has failed in a row, and for how
   * long it rests.
   */
  add(id: string, random: number, stop: AbortSignal): { readonly failures: number; readonly pauseMs: number } {
    const failures = (this.#failures.get(id) ?? 0) + 1
    const pauseMs = backoffMs(pauses, failures, random)
    this.#failures.set(id, failures)
    const sleep = {}
    this.#asleep.set(id, sleep)
    void this.#clock.sleep(pauseMs, stop).then(() => {
      if (this.#asleep.get(id) === sleep) this.#asleep.delete(id)
      this.#wake.raise()
    })
    return { failures, pauseMs }
  }

  /** Of all others nobody knows any more that they have failed. */
  forgetOthers(isKept: (id: string) => boolean): void {
    for (const ids of [this.#asleep, this.#failures]) for (const id of ids.keys()) if (!isKept(id)) ids.delete(id)
  }

  /** It has gone on; answers whether it had failed before. */
  recovered(id: string): boolean {
    return this.#failures.delete(id)
  }
}
