import { failure } from '../base/errors.ts'
import { describeKind } from '../base/json-value.ts'
import type { Column, ColumnTest, RowQuery, TableSpec } from './views.ts'

/**
 * Refuses a table that some database could not hold: EW_DESIGN for a bad name, columns that differ only in case (SQL
 * takes them for one), no digits for a decimal, or an index of a column that is absent or `json`.
 */
export function checkTable(table: TableSpec): void {
  const refuse = (problem: string): never => {
    throw failure('EW_DESIGN', `The table ${table.name} ${problem}.`, { details: { table: table.name } })
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(table.name)) refuse('must be named by letters, digits and _, at most 63')
  const seen = new Set<string>()
  for (const { name, kind, scale } of table.columns) {
    const folded = name.toLowerCase()
    if (name === '' || name.includes('\0') || folded.startsWith('ew_'))
      refuse(`cannot have a column ${JSON.stringify(name)}`)
    if (seen.has(folded)) refuse(`has two columns ${JSON.stringify(name)} that differ at most in upper and lower case`)
    if (kind === 'decimal' && scale === undefined)
      refuse(`has a decimal column ${JSON.stringify(name)} without a scale`)
    seen.add(folded)
  }
  for (const columns of [...table.indexes, ...table.unique]) {
    if (columns.length === 0) refuse('has an index without columns')
    for (const name of columns) {
      const column = columnOf(table, name)
      if (column === undefined || column.kind === 'json') refuse(`cannot index ${JSON.stringify(name)}`)
    }
  }
}

/** Refuses a query by EW_QUERY: an unknown or `json` column, a value of another type, a limit below 1. */
export function checkQuery(table: TableSpec, query: RowQuery): void {
  checkTests(table, query.where)
  if (!Number.isSafeInteger(query.limit) || query.limit < 1)
    throw wrong(table, `needs a limit of at least 1, got ${query.limit}`)
  if (query.orderBy === undefined) return
  const column = comparable(table, query.orderBy)
  if (query.after !== undefined) checkValue(table, column, query.after.value ?? null)
}

/**
 * Refuses tests by EW_QUERY: an unknown or `json` column, or a value of another type. Null is a value of every type.
 */
export function checkTests(table: TableSpec, tests: readonly ColumnTest[]): void {
  for (const test of tests) {
    const column = comparable(table, test.column)
    for (const value of test.is === 'in' ? test.values : [test.value]) checkValue(table, column, value ?? null)
  }
}

/** The column with that name. */
export function columnOf(table: TableSpec, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name)
}

function comparable(table: TableSpec, name: string): Column {
  const column = columnOf(table, name)
  if (column === undefined) throw wrong(table, `has no column ${JSON.stringify(name)}`)
  if (column.kind === 'json') throw wrong(table, `cannot compare the nested column ${JSON.stringify(name)}`)
  return column
}

function checkValue(table: TableSpec, column: Column, value: unknown): void {
  if (value === null || fits(column, value)) return
  throw wrong(
    table,
    `cannot compare the ${column.kind} column ${JSON.stringify(column.name)} with ${describeKind(value)}`,
  )
}

function fits({ kind, scale = 0 }: Column, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'integer':
      return Number.isSafeInteger(value)
    case 'real':
      return Number.isFinite(value)
    case 'long':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
    case 'boolean':
      return typeof value === 'boolean'
    case 'decimal':
      return typeof value === 'string' && fitsScale(value, scale)
    case 'bytes':
      return value instanceof Uint8Array
    case 'json':
      return false
  }
}

function fitsScale(value: string, scale: number): boolean {
  const match = /^-?\d{1,1000}(?:\.(\d{1,1000}))?$/.exec(value)
  return match !== null && (match[1] ?? '').replace(/0+$/, '').length <= scale
}

function wrong(table: TableSpec, problem: string): Error {
  return failure('EW_QUERY', `The table ${table.name} ${problem}.`, { details: { table: table.name } })
}
