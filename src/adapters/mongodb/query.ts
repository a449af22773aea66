import type { Filter, Sort } from 'mongodb'
import { columnOf } from '../../ports/table-check.ts'
import type { ColumnTest, RowQuery, TableSpec } from '../../ports/views.ts'
import { fieldOf, stored, type RowDocument, type Values } from './document.ts'

type Test = Filter<RowDocument>

/** What a query asks for; undefined where no row can pass. Tombstones never do. */
export function filterOf(table: TableSpec, tests: readonly ColumnTest[], values: Values): Test | undefined {
  const all: Test[] = [{ gone: null }]
  for (const test of tests) {
    const column = columnOf(table, test.column)!
    const path = pathOf(test.column)
    if (test.is === 'in') {
      if (test.values.length === 0) return undefined
      all.push({ [path]: { $in: test.values.map((value) => stored(column, value, values)) } })
      continue
    }
    const value = stored(column, test.value, values)
    // Nothing is less or greater than null.
    if (value === null && test.is !== 'eq') return undefined
    all.push({ [path]: { [`$${test.is}`]: value } })
  }
  return { $and: all }
}

/** The rows behind the place where a page begins. */
export function beyond(table: TableSpec, query: RowQuery, values: Values): Test | undefined {
  const { after, orderBy, descending = false } = query
  if (after === undefined) return undefined
  const further = descending ? '$lt' : '$gt'
  const key: Test = { _id: { [further]: after.key } }
  if (orderBy === undefined) return key
  const path = pathOf(orderBy)
  const value = stored(columnOf(table, orderBy)!, after.value, values)
  const equal: Test = { $and: [{ [path]: value }, key] }
  if (value === null) return descending ? equal : { $or: [equal, { [path]: { $ne: null } }] }
  const other: Test[] = [{ [path]: { [further]: value } }, ...(descending ? [{ [path]: null }] : [])]
  return { $or: [equal, ...other] }
}

/** By one column and then by key, or by key alone; null first, unless it is turned round. */
export function sortOf({ orderBy, descending = false }: RowQuery): Sort {
  const direction = descending ? -1 : 1
  return orderBy === undefined ? { _id: direction } : { [pathOf(orderBy)]: direction, _id: direction }
}

/** Where a column is in a document. */
export function pathOf(column: string): string {
  return `row.${fieldOf(column)}`
}
