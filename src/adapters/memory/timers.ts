import { compareText } from '../../base/row-value.ts'
import { SortedList } from '../../base/sorted-list.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Timer, TimerTable, TimerWrite } from '../../ports/timers.ts'

/** The timers that wait, by id and, for each service, in the order of their time. */
export class MemoryTimers {
  readonly #byId = new Map<string, Timer>()
  readonly #byService = new Map<string, SortedList<Timer>>()

  /** Sets, removes and fires, in the order of the writes; answers what is sent. */
  write(writes: readonly TimerWrite[]): readonly OutboxMessage[] {
    const sent: OutboxMessage[] = []
    for (const write of writes) {
      if (write.kind === 'set') {
        const { kind: _, ...timer } = write
        this.#remove(timer.id)
        this.#byId.set(timer.id, timer)
        this.#of(timer.service).add(timer)
      } else if (write.kind === 'remove') this.#remove(write.id)
      else if (isSame(write.timer, this.#byId.get(write.timer.id))) {
        this.#remove(write.timer.id)
        sent.push(write.message)
      }
    }
    return sent
  }

  /** What the port asks for. */
  table(): TimerTable {
    return {
      due: async (service, nowMs, limit) => {
        const due: Timer[] = []
        for (const timer of this.#of(service).ascending()) {
          if (timer.dueAtMs > nowMs || due.length >= limit) break
          due.push({ ...timer })
        }
        return due
      },
      list: async ({ service, after, limit }) => {
        const services = service === undefined ? [...this.#byService.keys()].sort(compareText) : [service]
        const isBefore = (timer: Timer): boolean => after !== undefined && byPlace(timer, after) <= 0
        const found: Timer[] = []
        for (const name of services) {
          for (const timer of this.#of(name).ascending(isBefore)) {
            if (found.length >= limit) return found
            found.push({ ...timer })
          }
        }
        return found
      },
      count: async (service) => this.#of(service).size,
    }
  }

  #remove(id: string): void {
    const known = this.#byId.get(id)
    if (known === undefined) return
    this.#byId.delete(id)
    this.#of(known.service).remove(known)
  }

  #of(service: string): SortedList<Timer> {
    let timers = this.#byService.get(service)
    if (timers === undefined) this.#byService.set(service, (timers = new SortedList<Timer>(byPlace)))
    return timers
  }
}

type Place = Pick<Timer, 'service' | 'dueAtMs' | 'id'>

function byPlace(a: Place, b: Place): number {
  return compareText(a.service, b.service) || a.dueAtMs - b.dueAtMs || compareText(a.id, b.id)
}

function isSame(a: Timer, b: Timer | undefined): boolean {
  const same = b !== undefined && a.service === b.service && a.dueAtMs === b.dueAtMs
  return same && a.command === b.command && a.data === b.data && a.meta === b.meta
}
