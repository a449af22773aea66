import type { Committed, Placed, Unit } from '../../ports/unit-of-work.ts'

/** Where the function has put what units send, and their mail. */
export interface PlacesAnswer {
  /** When it was written. */
  readonly w: number
  /** The last place of the outbox before that of the batch; null when nothing was sent. */
  readonly ob: number | null
  /** Per write of a timer, whether it was fired; null when none was to be. */
  readonly fi: readonly number[] | null
  /** The last place of mail before that of the batch; null when there was none. */
  readonly ml: number | null
  /** What of it is there; null when all is. */
  readonly mi: readonly number[] | null
}

/** Tells the places of each unit of a batch, asked for one after the other. */
export class Places {
  readonly #answer: PlacesAnswer
  readonly #there: ReadonlySet<number> | undefined
  #sent: number
  #mailed: number
  #timers = 0

  constructor(answer: PlacesAnswer) {
    this.#answer = answer
    this.#there = answer.mi === null ? undefined : new Set(answer.mi)
    this.#sent = answer.ob ?? 0
    this.#mailed = answer.ml ?? 0
  }

  /** Of the next unit; a loser has none. */
  next({ outbox = [], timers = [], mail = [] }: Unit, isWon: boolean): Pick<Committed, 'sent' | 'mailed'> {
    const first = this.#timers
    this.#timers += timers.length
    if (!isWon) return {}
    const fired = timers.flatMap(({ kind }, index) => (kind === 'fire' ? [this.#answer.fi?.[first + index] === 1] : []))
    const sends = [...outbox.map(() => true), ...fired]
    const sent = sends.length === 0 || this.#answer.ob === null ? undefined : this.#placed(this.#sent, sends)
    const mailed = mail.length === 0 ? undefined : this.#mailOf(mail.length)
    if (sent !== undefined) this.#sent = sent.to
    return { ...(sent !== undefined && { sent }), ...(mailed !== undefined && { mailed }) }
  }

  #placed(after: number, isThere: readonly boolean[]): Placed {
    let to = after
    const places = isThere.map((is) => (is ? ++to : null))
    return { after, to, places, atMs: this.#answer.w }
  }

  /** Mail that was known already has taken a place, where nothing is. */
  #mailOf(count: number): Placed {
    const after = this.#mailed
    const to = (this.#mailed = after + count)
    const places = Array.from({ length: count }, (_, index) => {
      const place = after + index + 1
      return this.#there?.has(place) === false ? null : place
    })
    return { after, to, places, atMs: this.#answer.w }
  }
}
