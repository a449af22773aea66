import type { TableSpec } from '../../ports/views.ts'
import type { SqlRows } from './statements.ts'

/**
 * What the columns of each view's table hold is kept beside it, since neither database can tell from its types alone;
 * whoever copies a store needs no system that declares its views.
 */
export const keepSpec = `
  insert into ew_view_tables (name, spec) values (?, ?) on conflict (name) do update set spec = excluded.spec`

/** Forgets it together with the table. */
export const dropSpec = 'delete from ew_view_tables where name = ?'

/** The tables of views, in the order of their names. */
export const allSpecs = 'select spec from ew_view_tables order by name'

/** What is bound for `keepSpec`. */
export function specParameters(spec: TableSpec): readonly [name: string, text: string] {
  const { name, columns, indexes, unique } = spec
  return [name, JSON.stringify({ name, columns, indexes, unique })]
}

/** The rows of `allSpecs`. */
export function specsOf(rows: SqlRows): readonly TableSpec[] {
  return rows.map(([spec]) => JSON.parse(spec as string) as TableSpec)
}
