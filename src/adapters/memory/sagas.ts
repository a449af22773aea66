import { compareText } from '../../base/row-value.ts'
import { SortedList } from '../../base/sorted-list.ts'
import { streamHash } from '../../base/hash.ts'
import { isOfPart, type SagaRow, type SagaTable } from '../../ports/sagas.ts'
import { MemoryMail } from './mail.ts'

/** A row whose time will come. */
interface Due {
  readonly id: string
  readonly dueAtMs: number
}

/** Instances of sagas and processes, with their mail. */
export class MemorySagas {
  readonly mail: MemoryMail = new MemoryMail()
  readonly #rows = new Map<string, SagaRow>()
  readonly #ids = new SortedList<string>(compareText)
  readonly #due = new Map<string, SortedList<Due>>()

  /** Puts rows in place of those with the same ids. */
  write(rows: readonly SagaRow[]): void {
    for (const row of rows) {
      const { id, saga, dueAtMs } = row
      const before = this.#rows.get(id)
      if (before === undefined) this.#ids.add(id)
      else if (before.dueAtMs !== null) this.#dueOf(before.saga).remove({ id, dueAtMs: before.dueAtMs })
      if (dueAtMs !== null) this.#dueOf(saga).add({ id, dueAtMs })
      this.#rows.set(id, { ...row })
    }
  }

  /** What the port asks for. */
  table(): SagaTable {
    const copyOf = (id: string): SagaRow => ({ ...this.#rows.get(id)! })
    return {
      get: async (id) => (this.#rows.has(id) ? copyOf(id) : undefined),
      list: async ({ saga, statuses, closed, part, after, limit }) => {
        const page: SagaRow[] = []
        for (const id of this.#ids.ascending(after === undefined ? undefined : (id) => compareText(id, after) <= 0)) {
          if (page.length >= limit) break
          const row = this.#rows.get(id)!
          if (saga !== undefined && row.saga !== saga) continue
          if (closed !== undefined && row.closed !== closed) continue
          if (part !== undefined && !isOfPart(part, streamHash(id))) continue
          if (statuses === undefined || statuses.includes(row.status)) page.push({ ...row })
        }
        return page
      },
      counts: async (saga) =>
        countsOf([...this.#rows.values()].filter((row) => saga === undefined || row.saga === saga)),
      due: async (saga, nowMs, limit, part) => {
        const due: SagaRow[] = []
        for (const { id, dueAtMs } of this.#dueOf(saga).ascending()) {
          if (dueAtMs > nowMs || due.length >= limit) break
          if (part === undefined || isOfPart(part, streamHash(id))) due.push(copyOf(id))
        }
        return due
      },
      mail: async (saga, after, limit, part) => this.mail.after(saga, after, limit, part),
      mailFor: async (saga, address) => this.mail.of(saga, address),
      names: async () => [...new Set([...this.#rows.values()].map(({ saga }) => saga))].sort(compareText),
      oldestOpenMs: async (saga) => {
        const open = [...this.#rows.values()].filter((row) => row.saga === saga && !row.closed)
        return open.length === 0 ? undefined : Math.min(...open.map(({ startedAtMs }) => startedAtMs))
      },
      forget: async (ids) => ids.filter((id) => this.#forget(id)).length,
      purgeMail: async (sweep) => this.mail.purge(sweep),
    }
  }

  #forget(id: string): boolean {
    const row = this.#rows.get(id)
    if (row?.closed !== true) return false
    if (row.dueAtMs !== null) this.#dueOf(row.saga).remove({ id, dueAtMs: row.dueAtMs })
    this.#ids.remove(id)
    return this.#rows.delete(id)
  }

  #dueOf(saga: string): SortedList<Due> {
    let due = this.#due.get(saga)
    if (due === undefined) {
      due = new SortedList((a, b) => a.dueAtMs - b.dueAtMs || compareText(a.id, b.id))
      this.#due.set(saga, due)
    }
    return due
  }
}

function countsOf(rows: readonly SagaRow[]): { saga: string; status: string; count: number }[] {
  const counts = new Map<string, { saga: string; status: string; count: number }>()
  for (const { saga, status } of rows) {
    const name = `${saga}\0${status}`
    const known = counts.get(name)
    if (known === undefined) counts.set(name, { saga, status, count: 1 })
    else known.count++
  }
  return [...counts.values()].sort((a, b) => compareText(a.saga, b.saga) || compareText(a.status, b.status))
}
