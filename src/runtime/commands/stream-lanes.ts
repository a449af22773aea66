import type { Clock } from '../../base/clock.ts'

/** How long nothing moves in a lane, times those who go in it, before the first who waits goes beside them. */
const patienceMs = 250

interface Lane {
  readonly waiting: Waiting[]
  /** How many go now. */
  going: number
  /** How often somebody got through, or went beside the others. */
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
   * Waits until it is one's turn; what it answers gives the turn on. Where the one whose turn it is takes long, the
   * first who waits goes as well; were it all of them, a slow store would let most of them lose until they gave up. So
   * whoever has taken long gives his turn to nobody while others go. One whose signal fires goes without a turn.
   */
  async take(stream: string, signal: AbortSignal | undefined): Promise<() => void> {
    const lane = this.#lanes.get(stream)
    if (lane === undefined) {
      this.#lanes.set(stream, { waiting: [], going: 1, turns: 0 })
      return this.#turn(stream)
    }
    const own: Waiting = { turn: new AbortController() }
    lane.waiting.push(own)
    const { signal: turn } = own.turn
    const ends = signal === undefined ? turn : AbortSignal.any([turn, signal])
    let seen = -1
    while (!ends.aborted && (seen !== lane.turns || lane.waiting[0] !== own)) {
      seen = lane.turns
      await this.#clock.sleep(patienceMs * lane.going, ends)
    }
    if (turn.aborted) return this.#turn(stream)
    lane.waiting.splice(lane.waiting.indexOf(own), 1)
    if (ends.aborted) return () => undefined
    lane.going++
    lane.turns++
    return this.#turn(stream)
  }

  #turn(stream: string): () => void {
    const begunMs = this.#clock.now()
    return () => this.#next(stream, this.#clock.now() - begunMs >= patienceMs)
  }

  #next(stream: string, hasTakenLong: boolean): void {
    const lane = this.#lanes.get(stream)!
    lane.turns++
    if (hasTakenLong && lane.going > 1) return void lane.going--
    const next = lane.waiting.shift()
    if (next !== undefined) return next.turn.abort()
    lane.going--
    if (lane.going === 0) this.#lanes.delete(stream)
  }
}
