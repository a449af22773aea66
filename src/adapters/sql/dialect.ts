import type { Column } from '../../ports/views.ts'

/** In what the SQL of view tables differs between databases. Names and order are the same everywhere. */
export interface SqlDialect {
  /** The type of a column. */
  typeOf(column: Column): string
  /** What is bound for a value of the column; null stays null. */
  encode(column: Column, value: unknown): unknown
  /** The placeholder of the n-th parameter, from 1. */
  placeholder(n: number): string
  /** True where `order by` puts nulls before everything else without being told. */
  readonly nullsFirst: boolean
  /** What stands before the name of a table: the schema, if the database has schemas. */
  readonly qualifier: string
  /** What stands after the closing parenthesis of CREATE TABLE. */
  readonly tableSuffix: string
}

/** The columns that every view table has beside the declared ones. */
export const rowColumns: { readonly key: string; readonly applied: string; readonly dead: string } = {
  key: 'ew_key',
  applied: 'ew_applied',
  dead: 'ew_dead',
}

/** A name as SQL writes it, whatever characters it has. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
