import { columnOf } from '../../ports/table-check.ts'
import type { Column, ColumnTest, RowQuery, TableSpec } from '../../ports/views.ts'
import { quotedName, rowColumns, type SqlDialect } from './dialect.ts'

/** A statement's text after its SELECT list, with what to bind. */
export interface SqlTail {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

const operators = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** FROM, WHERE, ORDER BY and LIMIT of a page of rows that `checkQuery` has passed. */
export function pageTail(table: TableSpec, query: RowQuery, dialect: SqlDialect): SqlTail {
  const tail = new Tail(table, dialect)
  const conditions = tail.conditions(query.where)
  const after = query.after === undefined ? undefined : tail.beyond(query, query.after)
  if (after !== undefined) conditions.push(after)
  const direction = query.descending === true ? 'desc' : 'asc'
  const nulls = dialect.nullsFirst ? '' : query.descending === true ? ' nulls last' : ' nulls first'
  const first = query.orderBy === undefined ? '' : `${quotedName(query.orderBy)} ${direction}${nulls}, `
  const sql = `${tail.from(conditions)} order by ${first}${rowColumns.key} ${direction} limit ${tail.bind(query.limit)}`
  return { sql, parameters: tail.parameters }
}

/** FROM and WHERE of the rows that pass tests that `checkTests` has passed. */
export function testsTail(table: TableSpec, where: readonly ColumnTest[], dialect: SqlDialect): SqlTail {
  const tail = new Tail(table, dialect)
  return { sql: tail.from(tail.conditions(where)), parameters: tail.parameters }
}

class Tail {
  readonly parameters: unknown[] = []
  readonly #table: TableSpec
  readonly #dialect: SqlDialect

  constructor(table: TableSpec, dialect: SqlDialect) {
    this.#table = table
    this.#dialect = dialect
  }

  bind(value: unknown): string {
    this.parameters.push(value)
    return this.#dialect.placeholder(this.parameters.length)
  }

  from(conditions: readonly string[]): string {
    const table = `${this.#dialect.qualifier}${quotedName(this.#table.name)}`
    return `from ${table} where ${[`${rowColumns.dead} = 0`, ...conditions].join(' and ')}`
  }

  conditions(where: readonly ColumnTest[]): string[] {
    return where.map((test) => {
      const column = this.#column(test.column)
      const name = quotedName(column.name)
      if (test.is === 'in') return this.#among(column, test.values)
      if (test.value === null || test.value === undefined) return test.is === 'eq' ? `${name} is null` : 'false'
      return `${name} ${operators[test.is]} ${this.#value(column, test.value)}`
    })
  }

  /** Everything behind the last row of the page before. Null comes first in ascending order and last in descending. */
  beyond({ orderBy, descending = false }: RowQuery, after: NonNullable<RowQuery['after']>): string {
    const than = descending ? '<' : '>'
    if (orderBy === undefined) return `${rowColumns.key} ${than} ${this.bind(after.key)}`
    const column = this.#column(orderBy)
    const name = quotedName(orderBy)
    if (after.value === null || after.value === undefined) {
      const same = `(${name} is null and ${rowColumns.key} ${than} ${this.bind(after.key)})`
      return descending ? same : `(${same} or ${name} is not null)`
    }
    const behind = `(${name}, ${rowColumns.key}) ${than} (${this.#value(column, after.value)}, ${this.bind(after.key)})`
    return descending && column.nullable ? `(${behind} or ${name} is null)` : behind
  }

  #among(column: Column, values: readonly unknown[]): string {
    const name = quotedName(column.name)
    const present = values.filter((value) => value !== null && value !== undefined)
    const some =
      present.length === 0 ? 'false' : `${name} in (${present.map((value) => this.#value(column, value)).join(', ')})`
    return present.length === values.length ? some : `(${some} or ${name} is null)`
  }

  #value(column: Column, value: unknown): string {
    return this.bind(this.#dialect.encode(column, value))
  }

  #column(name: string): Column {
    return columnOf(this.#table, name)!
  }
}
