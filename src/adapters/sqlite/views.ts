import { checkQuery, checkTable, checkTests } from '../../ports/table-check.ts'
import type { StoredRow, ViewTables } from '../../ports/views.ts'
import { quotedName } from '../sql/dialect.ts'
import { pageTail, testsTail } from '../sql/row-query.ts'
import { createTable } from '../sql/table-ddl.ts'
import { dropSpec, keepSpec, specParameters } from '../sql/view-tables.ts'
import type { Parameter, SqliteConnection } from './driver.ts'
import { sqliteDialect, ViewTable } from './view-table.ts'

/** Reads and upkeep of the tables of views. `tables` learns every table that is ensured here, for commits. */
export function sqliteViews(connection: SqliteConnection, tables: Map<string, ViewTable>): ViewTables {
  const exists = connection.prepare(`select 1 from sqlite_schema where type = 'table' and name = ?`)
  const isKept = connection.prepare('select 1 from ew_view_tables where name = ?')
  const keep = connection.prepare(keepSpec)
  const of = (spec: ViewTable['spec']): ViewTable => {
    const known = tables.get(spec.name)
    return known?.spec === spec ? known : new ViewTable(spec)
  }
  return {
    async ensure(spec) {
      checkTable(spec)
      if (exists.get(spec.name) === undefined) {
        connection.transaction(() => {
          if (exists.get(spec.name) !== undefined) return
          for (const sql of createTable(spec, sqliteDialect)) connection.exec(sql)
          keep.run(...specParameters(spec))
        })
      } else if (isKept.get(spec.name) === undefined) {
        // An older release made the table.
        keep.run(...specParameters(spec))
      }
      tables.set(spec.name, of(spec))
    },
    async drop(name) {
      connection.transaction(() => {
        connection.exec(`drop table if exists ${quotedName(name)}`)
        connection.prepare(dropSpec).run(name)
      })
      tables.delete(name)
    },
    async get(spec, keys) {
      const table = of(spec)
      return keys.flatMap((key): StoredRow[] => {
        const row = table.get(connection, key)
        return row === undefined ? [] : [row]
      })
    },
    async find(spec, query) {
      checkQuery(spec, query)
      const table = of(spec)
      const { sql, parameters } = pageTail(spec, query, sqliteDialect)
      const select = connection.prepare(`select ${table.selectList} ${sql}`, { bigints: table.bigints })
      return select.all(...(parameters as Parameter[])).map((row) => table.decode(row))
    },
    async count(spec, where) {
      checkTests(spec, where)
      const { sql, parameters } = testsTail(spec, where, sqliteDialect)
      return connection.prepare(`select count(*) ${sql}`).get(...(parameters as Parameter[]))?.[0] as number
    },
  }
}
