import type { Clock } from '../../base/clock.ts'

/** How long somebody waits in a lane in which nothing moves before he goes without one. */
const patienceMs = 250

interface Lane {
  readonly waiting: Waiting[]
  /** How often the turn was given on. */
  turns: number
}

interface Waiting {
  /** Fires when it is his turn. */
  readonly turn: AbortController
}

/**
 * Lets commands of this process that meet on a stream go one after the other, in the order in which they came: of those
 * that commit at once only one can win, so the others would work in vain, and chance would choose among them. A lane
 * opens when somebody has lost on a stream and closes behind the last one; until then nobody waits for anything.
 */
export class StreamLanes {
  readonly #clock: Clock
  readonly #lanes = new Map<string, Lane>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether commands go one after the other on the stream now. */
  isOpen(stream: string): boolean {
    return this.#lanes.has(stream)
  }

  /**
   * Waits until it is one's turn; what it answers gives the turn on. Whoever sees nothing move for a while, since the
   * one whose turn it is takes long, goes without a turn, and so does one whose signal fires.
   */
  async take(stream: string, signal: AbortSignal | undefined): Promise<() => void> {
    const lane = this.#lanes.get(stream)
    if (lane === undefined) {
      this.#lanes.set(stream, { waiting: [], turns: 0 })
      return () => this.#next(stream)
    }
    const own: Waiting = { turn: new AbortController() }
    lane.waiting.push(own)
    const { signal: turn } = own.turn
    const ends = signal === undefined ? turn : AbortSignal.any([turn, signal])
    for (let seen = -1; !ends.aborted && seen !== lane.turns;) {
      seen = lane.turns
      await this.#clock.sleep(patienceMs, ends)
    }
    if (turn.aborted) return () => this.#next(stream)
    lane.waiting.splice(lane.waiting.indexOf(own), 1)
    return () => undefined
  }

  #next(stream: string): void {
    const lane = this.#lanes.get(stream)!
    lane.turns++
    const next = lane.waiting.shift()
    if (next === undefined) this.#lanes.delete(stream)
    else next.turn.abort()
  }
}
