import type { StoredEvent } from '../../ports/stored-event.ts'
import type { Append, Appended, Outcome, Unit } from '../../ports/unit-of-work.ts'

/** Of more than that the older half goes; all of them behind so many units since somebody has wanted any. */
const keptEvents = 2_000
const keptEarly = 4

/**
 * The newest events of partition 0 that commits of this process have stored, without a gap: what was just sent to a
 * server need not be read back from it. Only for stores that tell when they have recorded them, and while somebody
 * reads.
 */
export class OwnEvents {
  #events: StoredEvent[] = []
  /** What was answered before a commit that may be between. */
  #early: StoredEvent[][] = []
  #forgotten = 0
  /** How many units have come since somebody wanted events. */
  #unread = 0

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
    this.#unread += units.length
    if (this.#unread > keptEvents) return this.#letGo()
    const events = eventsOf(units, outcomes)
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
    this.#unread = 0
    const first = this.#events[0]
    if (first === undefined || position + 1 < first.position || position >= this.head) return undefined
    const begin = position + 1 - first.position
    return this.#events.slice(begin, begin + limit)
  }

  /** Nobody reads what this process stores: what nobody asks for is not even made. */
  #letGo(): false {
    // Whoever is still on his way would not see that these lie behind him.
    this.#forgotten++
    if (this.#events.length > 0) this.#events = []
    if (this.#early.length > 0) this.#early = []
    return false
  }
}

function eventsOf(units: readonly Unit[], outcomes: readonly Outcome[]): StoredEvent[] {
  const found: StoredEvent[] = []
  for (let index = 0; index < units.length; index++) {
    const outcome = outcomes[index]!
    const { appends = [] } = units[index]!
    if (!outcome.ok || outcome.recordedAtMs === undefined) continue
    for (let at = 0; at < appends.length; at++)
      if (appends[at]!.partition === 0) addEvents(found, appends[at]!, outcome.appends[at]!, outcome.recordedAtMs)
  }
  return found
}

/** Every member by its name, in the order in which the store makes them: what reads events meets one kind of object. */
function addEvents(found: StoredEvent[], append: Append, last: Appended, recordedAtMs: number): void {
  const { stream, partition, events } = append
  for (let n = 0; n < events.length; n++) {
    const { id, type, schemaVersion, occurredAtMs, data, meta, checksum } = events[n]!
    const before = events.length - 1 - n
    const [version, position] = [last.version - before, last.position - before]
    found.push({
      id,
      type,
      schemaVersion,
      stream,
      version,
      partition,
      position,
      occurredAtMs,
      recordedAtMs,
      data,
      meta,
      checksum,
      deleted: false,
    })
  }
}
