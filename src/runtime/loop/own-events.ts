import type { StoredEvent } from '../../ports/stored-event.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'

/** Of more than that the older half goes. */
const keptEvents = 2_000
const keptEarly = 4

/**
 * The newest events of partition 0 that commits of this process have stored, without a gap: what was just sent to a
 * server need not be read back from it. Only for stores that tell when they have recorded them.
 */
export class OwnEvents {
  #events: StoredEvent[] = []
  /** What was answered before a commit that may be between. */
  #early: StoredEvent[][] = []
  #forgotten = 0

  /** How often they were let go; what was on its way at such a moment is not to be kept either. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Lets them go: something of them was deleted. */
  forget(): void {
    this.#forgotten++
    this.#events = []
    this.#early = []
  }

  /** Position of the newest one; -1 when none is known. */
  get head(): number {
    return this.#events.at(-1)?.position ?? -1
  }

  /**
   * Notes what the units of a batch have stored; answers whether nothing but what is known lay behind it then. While
   * other commits of this process are on their way, what lies between may be theirs.
   */
  committed(units: readonly Unit[], outcomes: readonly Outcome[], othersAreOnTheirWay = false): boolean {
    const events = units.flatMap((unit, index) => eventsOf(unit, outcomes[index]!))
    if (events.length > 0) this.#early.push(events)
    if (this.#early.length > 1) this.#early.sort((a, b) => a[0]!.position - b[0]!.position)
    const before = this.head
    for (let next = this.#early[0]; next !== undefined; next = this.#early[0]) {
      const first = next[0]!.position
      if (first > this.head + 1 && othersAreOnTheirWay && this.#early.length <= keptEarly) break
      this.#early.shift()
      if (first <= this.head) continue
      if (first === this.head + 1) for (const event of next) this.#events.push(event)
      else this.#events = next
      if (this.#events.length > keptEvents) this.#events = this.#events.slice(-keptEvents / 2)
    }
    // Of what was early a batch without events says nothing: others may have come behind it before that one began.
    return events.length > 0 && this.head > before && this.#early.length === 0
  }

  /** The events after a position, up to the newest; undefined when they are not all known here, or there are none. */
  after(position: number, limit: number): readonly StoredEvent[] | undefined {
    const first = this.#events[0]
    if (first === undefined || position + 1 < first.position || position >= this.head) return undefined
    const begin = position + 1 - first.position
    return this.#events.slice(begin, begin + limit)
  }
}

function eventsOf({ appends = [] }: Unit, outcome: Outcome): StoredEvent[] {
  if (!outcome.ok || outcome.recordedAtMs === undefined) return []
  const { recordedAtMs } = outcome
  return appends.flatMap(({ stream, partition, events }, index) => {
    if (partition !== 0) return []
    const last = outcome.appends[index]!
    const after = events.length - 1
    return events.map((event, n): StoredEvent => {
      const [version, position] = [last.version - after + n, last.position - after + n]
      return { ...event, stream, version, partition, position, recordedAtMs, deleted: false }
    })
  })
}
