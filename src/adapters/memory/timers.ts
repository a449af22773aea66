import { compareText } from '../../base/row-value.ts'
import { SortedList } from '../../base/sorted-list.ts'
import type { Timer, TimerTable, TimerWrite } from '../../ports/timers.ts'

/** The timers that wait, by id and, for each service, in the order of their time. */
export class MemoryTimers {
  readonly #byId = new Map<string, Timer>()
  readonly #byService = new Map<string, SortedList<Timer>>()

  /** Sets and removes, in the order of the writes. */
  write(writes: readonly TimerWrite[]): void {
    for (const write of writes) {
      const known = this.#byId.get(write.id)
      if (write.kind === 'set' && known === undefined) {
        const { kind: _, ...timer } = write
        this.#byId.set(timer.id, timer)
        this.#of(timer.service).add(timer)
      } else if (write.kind === 'remove' && known !== undefined) {
        this.#byId.delete(known.id)
        this.#of(known.service).remove(known)
      }
    }
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
      nextDueMs: async (service) => {
        for (const { dueAtMs } of this.#of(service).ascending()) return dueAtMs
        return undefined
      },
      count: async (service) => this.#of(service).size,
    }
  }

  #of(service: string): SortedList<Timer> {
    let timers = this.#byService.get(service)
    if (timers === undefined) {
      timers = new SortedList((a, b) => a.dueAtMs - b.dueAtMs || compareText(a.id, b.id))
      this.#byService.set(service, timers)
    }
    return timers
  }
}
