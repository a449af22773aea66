import type { TableSpec } from '../../ports/views.ts'
import { quotedName, rowColumns, type SqlDialect } from './dialect.ts'

const nameLength = 57

/**
 * The statements that create a view's table with its indexes. Declared columns may be null all of them, since a
 * tombstone has no values; the schema of the row has refused other nulls before.
 */
export function createTable(table: TableSpec, dialect: SqlDialect): readonly string[] {
  const { key, applied, dead } = rowColumns
  const columns = [
    `${key} ${dialect.typeOf({ name: key, kind: 'text', nullable: false })} not null primary key`,
    `${applied} ${dialect.typeOf({ name: applied, kind: 'long', nullable: false })} not null`,
    `${dead} smallint not null default 0`,
    ...table.columns.map((column) => `${quotedName(column.name)} ${dialect.typeOf(column)}`),
  ]
  const name = `${dialect.qualifier}${quotedName(table.name)}`
  const list = (names: readonly string[]): string => names.map(quotedName).join(', ')
  return [
    `create table ${name} (${columns.join(', ')})${dialect.tableSuffix}`,
    ...table.indexes.map(
      (names, index) =>
        `create index ${quotedName(`${table.name.slice(0, nameLength)}_i${index}`)} on ${name} (${list(names)}, ${key})`,
    ),
    ...table.unique.map(
      (names, index) => `create unique index ${quotedName(uniqueName(table.name, index))} on ${name} (${list(names)})`,
    ),
  ]
}

/** The name of the index of the n-th unique set of columns of a table, from 0. */
export function uniqueName(table: string, index: number): string {
  return `${table.slice(0, nameLength)}_u${index}`
}
