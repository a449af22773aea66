import { AbortFlag } from '../../base/abort-flag.ts'
import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'

const longestSleepMs = 2 ** 31 - 1

/** Raises a signal when a time has come, and sleeps until then. */
export class Alarm {
  readonly #clock: Clock
  readonly #wake: Signal
  readonly #stop: AbortFlag
  #sleep: { readonly untilMs: number; readonly over: AbortController } | undefined

  constructor(clock: Clock, wake: Signal, stop: AbortSignal) {
    this.#clock = clock
    this.#wake = wake
    this.#stop = new AbortFlag(stop, () => this.#sleep?.over.abort())
  }

  /** Raises nothing any more. */
  end(): void {
    this.set(Infinity, 0)
    this.#stop.leave()
  }

  /** Sets it anew; Infinity: it is not raised. It may be raised too early, for times that are far away. */
  set(untilMs: number, nowMs: number): void {
    if (this.#sleep?.untilMs === untilMs || this.#stop.isRaised) return
    this.#sleep?.over.abort()
    this.#sleep = undefined
    if (untilMs === Infinity) return
    const over = new AbortController()
    this.#sleep = { untilMs, over }
    void this.#clock.sleep(Math.min(untilMs - nowMs, longestSleepMs), over.signal).then(() => {
      if (over.signal.aborted) return
      this.#sleep = undefined
      this.#wake.raise()
    })
  }
}
