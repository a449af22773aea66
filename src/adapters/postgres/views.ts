import { checkQuery, checkTable, checkTests } from '../../ports/table-check.ts'
import type { TableSpec, ViewTables } from '../../ports/views.ts'
import { quotedName } from '../sql/dialect.ts'
import { pageTail, testsTail } from '../sql/row-query.ts'
import { createTable } from '../sql/table-ddl.ts'
import { dropSpec, keepSpec, specParameters } from '../sql/view-tables.ts'
import { textArray } from './binary-array.ts'
import type { PostgresDriver, Statements } from './driver.ts'
import type { Parameter } from './prepared-call.ts'
import { postgresDialect, ViewTable } from './view-table.ts'

/** Reads and upkeep of the tables of views. `tables` learns every table that is ensured here, for commits. */
export function postgresViews(driver: PostgresDriver, tables: Map<string, ViewTable>): ViewTables {
  const { schema } = driver
  const dialect = postgresDialect(schema)
  const exists = async (name: string, on: Statements): Promise<boolean> =>
    (await on.all('select 1 from pg_tables where schemaname = ? and tablename = ?', schema, name)).length > 0
  return {
    async ensure(spec) {
      checkTable(spec)
      if (!(await exists(spec.name, driver))) {
        await driver.transaction(async (transaction) => {
          // Two that create a table at once would meet in the catalogue, whatever `if not exists` says.
          await transaction.run('select pg_advisory_xact_lock(hashtextextended(?, 0))', `${schema}.${spec.name}`)
          // Over this connection: whoever holds one must not wait for another.
          if (await exists(spec.name, transaction)) return
          for (const sql of createTable(spec, dialect)) await transaction.script(sql)
          await transaction.run(keepSpec, ...specParameters(spec))
        })
      }
      if (tables.get(spec.name)?.spec !== spec) tables.set(spec.name, new ViewTable(spec, schema))
    },
    async drop(name) {
      await driver.transaction(async (transaction) => {
        await transaction.script(`drop table if exists ${dialect.qualifier}${quotedName(name)}`)
        await transaction.run(dropSpec, name)
      })
      tables.delete(name)
    },
    ...viewReads(driver, schema, tables),
  }
}

/** Reads of the tables of views, on one connection or any. */
export function viewReads(
  driver: Statements,
  schema: string,
  tables: ReadonlyMap<string, ViewTable>,
): Pick<ViewTables, 'get' | 'find' | 'count'> {
  const dialect = postgresDialect(schema)
  const made = new WeakMap<TableSpec, ViewTable>()
  const of = (spec: TableSpec): ViewTable => {
    const known = tables.get(spec.name)
    if (known?.spec === spec) return known
    let table = made.get(spec)
    if (table === undefined) made.set(spec, (table = new ViewTable(spec, schema)))
    return table
  }
  return {
    async get(spec, keys) {
      const table = of(spec)
      const wanted = [...new Set(keys)]
      const rows = await driver.all(table.getStatement, textArray(wanted))
      const found = new Map(rows.map((row) => [row[0] as string, table.decode(row)]))
      return keys.flatMap((key) => found.get(key) ?? [])
    },
    async find(spec, query) {
      checkQuery(spec, query)
      const table = of(spec)
      const { sql, parameters } = pageTail(spec, query, dialect)
      const { rows } = await driver.once(`select ${table.selectList} ${sql}`, parameters as Parameter[])
      return rows.map((row) => table.decode(row))
    },
    async count(spec, where) {
      checkTests(spec, where)
      const { sql, parameters } = testsTail(spec, where, dialect)
      const { rows } = await driver.once(`select count(*) ${sql}`, parameters as Parameter[])
      return rows[0]![0] as number
    },
  }
}
