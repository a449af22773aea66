import { timestampOf, type Clock } from '../base/clock.ts'
import type { ThroughputMoment } from './wire/overview.ts'

const leastApartMs = 1_900
const mostMoments = 300

/** How the head of the log has moved between looks at it, the last ten minutes of them. */
export class Throughput {
  readonly #clock: Clock
  #moments: ThroughputMoment[] = []
  #last: { readonly atMs: number; readonly head: number } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes a look, unless the one before is as good as now; answers the looks so far. */
  look(head: number, lagMessages: number): readonly ThroughputMoment[] {
    const atMs = this.#clock.now()
    const last = this.#last
    if (last !== undefined && atMs - last.atMs < leastApartMs) return this.#moments
    this.#last = { atMs, head }
    if (last === undefined || head < last.head) return this.#moments
    const eventsPerSecond = Math.round(((head - last.head) * 10_000) / (atMs - last.atMs)) / 10
    const fromMs = atMs - leastApartMs * mostMoments
    this.#moments = [
      ...this.#moments.filter(({ at }) => Date.parse(at) >= fromMs).slice(-mostMoments + 1),
      { at: timestampOf(atMs), eventsPerSecond, lagMessages },
    ]
    return this.#moments
  }
}
