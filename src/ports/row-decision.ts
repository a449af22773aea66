import { tupleOf } from '../base/row-value.ts'
import type { Loss } from './unit-of-work.ts'
import type { Row, RowWrite } from './views.ts'

/** What the decision about rows must know of the stored ones. */
export interface StoredRows {
  /** The unique sets of columns of a table; throws EW_UNIT for a table that was not ensured. */
  unique(table: string): readonly (readonly string[])[]
  /** The row or tombstone with the key. */
  row(table: string, key: string): { readonly row: Row | undefined; readonly applied: number } | undefined
  /** The key of the row that has the values of `row` in `columns`, one of the table's unique sets. */
  holder(table: string, columns: readonly string[], row: Row): string | undefined
}

/**
 * Decides the row writes of one unit after another: guards first, then unique columns. Unique columns are judged by the
 * state after the whole unit, so that two rows of a unit may exchange their values.
 */
export class RowDecision {
  /** Per table, what the winners wrote last to each key. */
  readonly written: ReadonlyMap<string, ReadonlyMap<string, RowWrite>>
  readonly #written = new Map<string, Map<string, RowWrite>>()
  readonly #stored: StoredRows
  /** Who holds a unique value after the winners so far; null = nobody. Absent: as stored. */
  readonly #holders = new Map<string, string | null>()

  constructor(stored: StoredRows) {
    this.#stored = stored
    this.written = this.#written
  }

  /** A loss, with nothing remembered; or undefined, and the writes count for the units that follow. */
  decide(writes: readonly RowWrite[]): Loss | undefined {
    for (const write of writes) {
      if (write.guard === undefined) continue
      const applied = this.#current(write.table, write.key)?.applied ?? 0
      if (applied !== write.guard) return { ok: false, reason: 'row', table: write.table, key: write.key, applied }
    }
    const holders = new Map<string, string | null>()
    const loss = this.#takeUnique(writes, holders)
    if (loss !== undefined) return loss
    for (const [tuple, key] of holders) this.#holders.set(tuple, key)
    for (const write of writes) {
      let table = this.#written.get(write.table)
      if (table === undefined) this.#written.set(write.table, (table = new Map()))
      table.set(write.key, write)
    }
    return undefined
  }

  #takeUnique(writes: readonly RowWrite[], holders: Map<string, string | null>): Loss | undefined {
    let last: Map<string, RowWrite> | undefined
    for (const write of writes) {
      if (this.#stored.unique(write.table).length > 0) (last ??= new Map()).set(`${write.table}\0${write.key}`, write)
    }
    if (last === undefined) return undefined
    for (const { table, key } of last.values()) this.#release(table, key, holders)
    for (const { table, key, row } of last.values()) {
      if (row === undefined) continue
      for (const columns of this.#stored.unique(table)) {
        const tuple = tupleOf(row, columns)
        if (tuple === undefined) continue
        const name = nameOf(table, columns, tuple)
        const known = this.#holder(name, holders)
        const holder = known === undefined ? (this.#stored.holder(table, columns, row) ?? null) : known
        if (holder !== null && holder !== key) return { ok: false, reason: 'unique', table, columns }
        holders.set(name, key)
      }
    }
    return undefined
  }

  #release(table: string, key: string, holders: Map<string, string | null>): void {
    const row = this.#current(table, key)?.row
    if (row === undefined) return
    for (const columns of this.#stored.unique(table)) {
      const tuple = tupleOf(row, columns)
      if (tuple !== undefined) holders.set(nameOf(table, columns, tuple), null)
    }
  }

  #holder(name: string, holders: ReadonlyMap<string, string | null>): string | null | undefined {
    const holder = holders.get(name)
    return holder === undefined ? this.#holders.get(name) : holder
  }

  #current(table: string, key: string): { readonly row: Row | undefined; readonly applied: number } | undefined {
    const write = this.#written.get(table)?.get(key)
    if (write === undefined) return this.#stored.row(table, key)
    return write.row === undefined && write.tombstone !== true ? undefined : write
  }
}

function nameOf(table: string, columns: readonly string[], tuple: string): string {
  return `${table}\0${columns.join()}\0${tuple}`
}
