import type { Held, OwnershipRow } from '../ports/ownership.ts'

/** Names a bucket, whoever holds it. */
type Place = Pick<Held, 'consumer' | 'source' | 'bucket'>

/** A wish is made again so often, since whoever holds what is wished for looks as often. */
const againMs = 1_000

/** A wish that is not made again is over, and whoever has given way to one does not ask for a part for so long. */
const lastsMs = 5_000

/**
 * The buckets that one process asks for by name because a piece of work needs several at once. Two that do so would
 * give each other what each of them has, and both would be without again, for ever. Hence an order: whoever gathers
 * gives only to owners whose names come before his, so the first of all who gather gets what he waits for, and then the
 * next. What is merely shared goes round such work: whoever gathers keeps it, and whoever gave to him asks for no part
 * of it meanwhile.
 */
export class Gathering {
  readonly #owner: string
  readonly #wishes = new Map<string, { readonly place: Place; readonly atMs: number }>()
  readonly #gaveWayMs = new Map<string, number>()

  constructor(owner: string) {
    this.#owner = owner
  }

  /** Notes that a bucket is needed here; answers whether it is time to ask for it. */
  wish(place: Place, nowMs: number): boolean {
    const name = nameOf(place)
    if (nowMs < (this.#wishes.get(name)?.atMs ?? -Infinity) + againMs) return false
    this.#wishes.set(name, { place, atMs: nowMs })
    return true
  }

  /** Whether a bucket that is needed here may be asked for: not over the wish of one who comes before. */
  mayAsk({ owner, wanted }: OwnershipRow): boolean {
    if (owner === null || owner === this.#owner) return false
    return wanted === null || wanted >= this.#owner
  }

  /** Of the rows of all that is held, those that are given up because others wish for them. */
  given(rows: readonly OwnershipRow[], isHeld: (place: Place) => boolean, nowMs: number): readonly OwnershipRow[] {
    const pending = [...this.#wishes.values()].filter(({ place, atMs }) => nowMs < atMs + lastsMs && !isHeld(place))
    const gathered = new Set(pending.map(({ place }) => sourceOf(place)))
    const given = rows.filter(({ owner, wanted, ...place }) => {
      if (owner !== this.#owner || wanted === null || wanted === owner) return false
      return wanted < owner || !gathered.has(sourceOf(place))
    })
    const isOf = (row: OwnershipRow, owner: string): boolean => (row.owner ?? row.wanted) === owner
    for (const source of new Set(given.map(sourceOf))) {
      const [all, few] = [rows, given].map((list) => list.filter((row) => sourceOf(row) === source))
      const count = (owner: string): number => all!.filter((row) => isOf(row, owner)).length
      // Whoever wants a part has less than he whom he asks.
      if (few!.some(({ wanted }) => count(wanted!) >= count(this.#owner))) this.#gaveWayMs.set(source, nowMs)
    }
    return given
  }

  /** Whether buckets of this consumer are let alone, because somebody gathers them. */
  letsAlone(place: Place, nowMs: number): boolean {
    return nowMs < (this.#gaveWayMs.get(sourceOf(place)) ?? -Infinity) + lastsMs
  }
}

function sourceOf({ consumer, source }: Omit<Place, 'bucket'>): string {
  return `${source} ${consumer}`
}

function nameOf(place: Place): string {
  return `${place.bucket} ${sourceOf(place)}`
}
