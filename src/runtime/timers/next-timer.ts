import type { Clock } from '../../base/clock.ts'

/**
 * When the next timer is due, as far as this process knows: what it sets itself it is told of, and after a while it
 * does not rely on what it knows.
 */
export class NextTimer {
  readonly #clock: Clock
  readonly #backstopMs: number
  /** None is due earlier; undefined: the table has to be asked. */
  #dueAtMs: number | undefined
  #askedAtMs = 0
  /** How far the clock of the store is ahead of that of this process. */
  #aheadMs = 0
  #changes = 0

  constructor(clock: Clock, backstopMs: number) {
    this.#clock = clock
    this.#backstopMs = backstopMs
  }

  /** Until when nothing is due, and the time of the store; undefined when the table has to be asked. */
  waiting(): { readonly dueAtMs: number; readonly nowMs: number } | undefined {
    const here = this.#clock.now()
    const nowMs = here + this.#aheadMs
    const ageMs = here - this.#askedAtMs
    // A clock that was set back makes no answer younger.
    if (this.#dueAtMs === undefined || this.#dueAtMs <= nowMs || ageMs < 0 || ageMs >= this.#backstopMs)
      return undefined
    return { dueAtMs: this.#dueAtMs, nowMs }
  }

  /** How often something has changed; to be read before the table is asked. */
  changes(): number {
    return this.#changes
  }

  /** What the table has answered, unless something has changed since it was asked. */
  answered(changes: number, dueAtMs: number, nowMs: number): void {
    if (changes !== this.#changes) return
    this.#askedAtMs = this.#clock.now()
    this.#aheadMs = nowMs - this.#askedAtMs
    this.#dueAtMs = dueAtMs
  }

  /** A timer was set. */
  set(dueAtMs: number): void {
    this.#changes++
    if (this.#dueAtMs !== undefined && dueAtMs < this.#dueAtMs) this.#dueAtMs = dueAtMs
  }

  /** Somebody else may have set one. */
  askAnew(): void {
    this.#changes++
    this.#dueAtMs = undefined
  }
}
