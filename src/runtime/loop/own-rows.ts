import type { Clock } from '../../base/clock.ts'

/** A row that commits of this process have placed. */
export interface OwnRow<R> {
  readonly place: number
  /** Whose it is: a reader of another name passes over it. */
  readonly name: string
  readonly row: R
}

/** Rows of one commit: behind `after` nothing but these up to `to`. */
export interface OwnSegment<R> {
  readonly after: number
  readonly to: number
  readonly rows: readonly OwnRow<R>[]
}

/** How reads of one kind are made. */
export interface OwnRowsOptions<R> {
  readonly clock: Clock
  /** How long nothing is expected of others although no hint has come. */
  readonly trustedMs: number
  /** Whether whoever reads rows takes them away, wherever he is: then only what was placed since a read is known. */
  readonly isTaken: boolean
  placeOf(row: R): number
}

/** Which rows of a name are read; whoever reads others is another object. */
export interface RowPart<R> {
  has(row: R): boolean
}

/** A reader of a name, who has read up to `after`. */
interface Reader {
  readonly after: number
  /** What he reads of the name; undefined: all of it. */
  readonly part: RowPart<never> | undefined
  /** How far own rows went when he read the store: what he has not found there is gone. */
  readonly to: number | undefined
  /** Until when others are believed to have placed nothing, unless a hint comes. */
  readonly untilMs: number
  readonly hints: number
}

const keptRows = 2_000
const keptSegments = 16

/**
 * Reads of rows that commits place one behind the other. What this process has placed without a gap need not be read
 * back, and a read that has found nothing is not repeated while nobody else can have placed anything.
 */
export class OwnRows<R> {
  readonly #options: OwnRowsOptions<R>
  readonly #readers = new Map<string, Reader>()
  /** All rows behind `#after` up to `#to`, without those that were used up; undefined while none is known. */
  #rows: OwnRow<R>[] = []
  #after: number | undefined
  #to: number | undefined
  /** What was answered before a commit that may be between. */
  #early: OwnSegment<R>[] = []
  #writing = 0
  #hints = 0

  constructor(options: OwnRowsOptions<R>) {
    this.#options = options
  }

  /** Others may have placed something. */
  changed(): void {
    this.#hints++
  }

  /** A commit begins that may place some. */
  begin(): void {
    this.#writing++
  }

  /** It has ended and has placed these; undefined when nobody knows what it has done. */
  end(segments: readonly OwnSegment<R>[] | undefined): void {
    this.#writing--
    if (segments === undefined) this.#forget()
    else this.#early.push(...segments)
    this.#early.sort((a, b) => a.after - b.after)
    while (this.#early[0] !== undefined && this.#isNext(this.#early[0])) this.#add(this.#early.shift()!)
  }

  /** Nobody is to find these any more. */
  used(isUsed: (row: OwnRow<R>) => boolean): void {
    if (this.#rows.some(isUsed)) this.#rows = this.#rows.filter((row) => !isUsed(row))
  }

  /** Rows of a name behind a place, in order: own ones, or else what `load` finds, where it may find anything. */
  async read(
    name: string,
    after: number,
    limit: number,
    load: () => Promise<readonly R[]>,
    part?: RowPart<R>,
  ): Promise<readonly R[]> {
    const nowMs = this.#options.clock.now()
    const known = this.#readers.get(name)
    const reader = known?.after === after && known.part === part ? known : undefined
    const isTrusted =
      reader !== undefined && reader.hints === this.#hints && reader.untilMs > nowMs && this.#early.length === 0
    const from = this.#options.isTaken ? reader?.to : this.#knows(after) ? after : reader?.to
    const own = this.#knows(from) ? this.#own(name, Math.max(from!, after), limit, part) : []
    // Whoever begins may have been elsewhere before, where others have taken what is known here.
    const mayServe = own.length > 0 && (after > 0 || !this.#options.isTaken)
    if (mayServe) {
      const last = own.at(-1)!.place
      if (reader !== undefined) this.#readers.set(name, { ...reader, after: last, to: last })
      return own.map(({ row }) => row)
    }
    if (isTrusted && own.length === 0 && (this.#knows(from) || from === this.#to)) return []
    const [hints, to] = [this.#hints, this.#to]
    const rows = await load()
    const last = rows.at(-1)
    if (rows.length >= limit) this.#readers.delete(name)
    else {
      const untilMs = nowMs + this.#options.trustedMs
      const read = last === undefined ? after : this.#options.placeOf(last)
      this.#readers.set(name, { after: read, part, to, untilMs, hints })
    }
    return rows
  }

  /** What lies before it may be known when the commits are answered that are under way. */
  #isNext({ after }: OwnSegment<R>): boolean {
    return after === this.#to || this.#to === undefined || this.#writing === 0 || this.#early.length > keptSegments
  }

  #add({ after, to, rows }: OwnSegment<R>): void {
    if (this.#to !== after) {
      // Somebody else was between, or what was before is not known.
      this.#forget()
      this.#after = after
    }
    this.#rows.push(...rows)
    this.#to = to
    const gone = this.#rows.length - keptRows
    if (gone < keptRows) return
    this.#after = this.#rows[gone - 1]!.place
    this.#rows = this.#rows.slice(gone)
  }

  #forget(): void {
    this.#readers.clear()
    this.#rows = []
    this.#after = this.#to = undefined
  }

  #knows(place: number | undefined): boolean {
    return this.#after !== undefined && place !== undefined && place >= this.#after
  }

  #own(name: string, after: number, limit: number, part: RowPart<R> | undefined): readonly OwnRow<R>[] {
    const found: OwnRow<R>[] = []
    for (let i = this.#firstBehind(after); i < this.#rows.length && found.length < limit; i++) {
      const each = this.#rows[i]!
      if (each.name === name && (part === undefined || part.has(each.row))) found.push(each)
    }
    return found
  }

  #firstBehind(place: number): number {
    let [low, high] = [0, this.#rows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#rows[middle]!.place <= place) low = middle + 1
      else high = middle
    }
    return low
  }
}
