import type { StoredEvent } from '../../ports/stored-event.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'

const keptEvents = 1_000

/**
 * The newest events of partition 0 that commits of this process have stored, without a gap: what was just sent to a
 * server need not be read back from it. Only for stores that tell when they have recorded them.
 */
export class OwnEvents {
  #events: StoredEvent[] = []

  /** Lets them go: something of them was deleted. */
  forget(): void {
    this.#events = []
  }

  /** Position of the newest one; -1 when none is known. */
  get head(): number {
    return this.#events.at(-1)?.position ?? -1
  }

  /** Notes what the units of a batch have stored; answers whether that goes on where the last one has ended. */
  committed(units: readonly Unit[], outcomes: readonly Outcome[]): boolean {
    const head = this.head
    const events = units.flatMap((unit, index) => eventsOf(unit, outcomes[index]!))
    const first = events[0]
    if (first === undefined || first.position <= head) return false
    const goesOn = first.position === head + 1
    this.#events = (goesOn ? [...this.#events, ...events] : events).slice(-keptEvents)
    return goesOn
  }

  /** The events after a position, up to the newest; undefined when they are not all known here, or there are none. */
  after(position: number, limit: number): readonly StoredEvent[] | undefined {
    const first = this.#events[0]
    if (first === undefined || position + 1 < first.position || position >= this.head) return undefined
    const begin = position + 1 - first.position
    return this.#events.slice(begin, begin + limit)
  }
}

function eventsOf({ appends = [] }: Unit, outcome: Outcome): readonly StoredEvent[] {
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
