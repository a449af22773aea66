import { failure } from '../../base/errors.ts'
import type { RowWrite } from '../../ports/views.ts'
import { array, list } from './arguments.ts'
import { jsonArray, textArray } from './binary-array.ts'
import type { Parameter } from './prepared-call.ts'
import type { ViewTable } from './view-table.ts'

/** Finds the view table that was ensured under a name; undefined when none was. */
export type TableFinder = (name: string) => ViewTable | undefined

interface TableWrites {
  readonly table: ViewTable
  readonly rows: string[]
  removes: boolean
}

/** The row writes of a batch as arguments of the SQL function, with what is needed to judge their guards. */
export class RowArguments {
  readonly #tables: TableFinder
  readonly #byTable = new Map<string, TableWrites>()
  readonly #writes: { readonly write: RowWrite; readonly unit: number }[] = []
  readonly #guarded = new Map<string, Set<string>>()
  readonly #queries: string[] = []
  readonly #checks = {
    unit: [] as number[],
    row: [] as number[],
    guard: [] as (number | null)[],
    applied: [] as number[],
  }

  constructor(tables: TableFinder) {
    this.#tables = tables
  }

  add(writes: readonly RowWrite[], unit: number): void {
    for (const write of writes) {
      const writesOfTable = this.#of(write.table)
      writesOfTable.rows.push(writesOfTable.table.rowJson(write, unit))
      if (write.row === undefined && write.tombstone !== true) writesOfTable.removes = true
      this.#writes.push({ write, unit })
      if (write.guard === undefined) continue
      const keys = this.#guarded.get(write.table)
      if (keys === undefined) this.#guarded.set(write.table, new Set([write.key]))
      else keys.add(write.key)
    }
  }

  /** Numbers the rows whose guards are judged: every write to one of them counts, guarded or not. */
  finish(): void {
    if (this.#guarded.size === 0) return
    const numbers = new Map<string, number>()
    for (const name of [...this.#guarded.keys()].sort()) {
      const keys = [...this.#guarded.get(name)!]
      for (const key of keys) numbers.set(`${name}\0${key}`, numbers.size + 1)
      this.#queries.push(JSON.stringify({ q: this.#of(name).table.appliedQuery, k: keys }))
    }
    for (const { write, unit } of this.#writes) {
      const number = numbers.get(`${write.table}\0${write.key}`)
      if (number === undefined) continue
      const isGone = write.row === undefined && write.tombstone !== true
      this.#checks.unit.push(unit)
      this.#checks.row.push(number)
      this.#checks.guard.push(write.guard ?? null)
      this.#checks.applied.push(isGone ? 0 : write.applied)
    }
  }

  /** The write behind the n-th check, from 1. */
  checked(n: number): RowWrite {
    let count = 0
    for (const { write } of this.#writes) {
      if (this.#guarded.get(write.table)?.has(write.key) === true && ++count === n) return write
    }
    throw new Error(`The store answered for the row ${n}, which was not asked.`)
  }

  parameters(): readonly Parameter[] {
    const { unit, row, guard, applied } = this.#checks
    return [array(this.#queries), list(unit), list(row), list(guard), list(applied), ...this.#tableWrites()]
  }

  #tableWrites(): readonly Parameter[] {
    if (this.#byTable.size === 0) return [null, null, null]
    const tables = [...this.#byTable.keys()].sort().map((name) => this.#byTable.get(name)!)
    return [
      textArray(tables.map(({ table, removes }) => table.deleteStatement(removes) ?? '')),
      textArray(tables.map(({ table }) => table.upsertStatement)),
      jsonArray(tables.map(({ rows }) => `[${rows.join()}]`)),
    ]
  }

  #of(name: string): TableWrites {
    let known = this.#byTable.get(name)
    if (known !== undefined) return known
    const table = this.#tables(name)
    if (table === undefined)
      throw failure('EW_UNIT', `There is no table ${name}; it must be ensured before rows are written.`)
    this.#byTable.set(name, (known = { table, rows: [], removes: false }))
    return known
  }
}
