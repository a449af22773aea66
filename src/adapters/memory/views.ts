import { failure } from '../../base/errors.ts'
import { canonicalJson, parseJson } from '../../base/json.ts'
import { RowTable, type RowEntry } from '../../base/row-table.ts'
import { valueIn } from '../../base/row-value.ts'
import { checkQuery, checkTable, checkTests } from '../../ports/table-check.ts'
import type { Column, Row, StoredRow, TableSpec, ViewTables } from '../../ports/views.ts'
import type { MemoryData, MemoryTable } from './data.ts'

/** The table that was ensured under that name. Error: EW_UNIT. */
export function tableNamed(data: MemoryData, name: string): MemoryTable {
  const table = data.tables.get(name)
  if (table === undefined)
    throw failure('EW_UNIT', `There is no table ${name}; it must be ensured before rows are written.`)
  return table
}

/** The row's own copy, with exactly its columns: nobody can change a stored row through an object that he holds. */
export function copyOfRow(table: TableSpec, row: Row): Row {
  const copy: Record<string, unknown> = {}
  for (const column of table.columns) {
    const value = valueIn(row, column.name) ?? null
    if (value === null && column.optional === true) continue
    // Defined, not assigned: a column may be called __proto__.
    Object.defineProperty(copy, column.name, {
      value: copyOfValue(column, value),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return copy
}

/** Reads of the tables of views. */
export function memoryViews(data: MemoryData): ViewTables {
  const shown = (table: TableSpec, entry: RowEntry): StoredRow => ({
    key: entry.key,
    row: entry.row && copyOfRow(table, entry.row),
    applied: entry.applied,
  })
  return {
    async ensure(table) {
      checkTable(table)
      if (!data.tables.has(table.name)) data.tables.set(table.name, { spec: table, rows: new RowTable(table) })
    },
    async drop(name) {
      data.tables.delete(name)
    },
    async get(table, keys) {
      const { rows } = tableNamed(data, table.name)
      return keys.flatMap((key) => {
        const entry = rows.get(key)
        return entry === undefined ? [] : [shown(table, entry)]
      })
    },
    async find(table, query) {
      checkQuery(table, query)
      return tableNamed(data, table.name)
        .rows.find(query)
        .map((entry) => shown(table, entry))
    },
    async count(table, where) {
      checkTests(table, where)
      return tableNamed(data, table.name).rows.count(where)
    },
  }
}

function copyOfValue(column: Column, value: unknown): unknown {
  if (value === null) return null
  if (column.kind === 'json') return parseJson(canonicalJson(value))
  return value instanceof Uint8Array ? Uint8Array.from(value) : value
}
