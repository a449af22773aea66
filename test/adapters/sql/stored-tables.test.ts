import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { sqlite } from 'eventwright/sqlite'
import { columnsOf, storedTables } from '../../../src/adapters/sql/stored-tables.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

type Columns = Readonly<Record<string, readonly string[]>>

/** What the list says, with what a database adds, and without what it has in another form. */
function listed(added: Columns, left: Columns): Columns {
  return Object.fromEntries(
    storedTables.map((table) => {
      const own = columnsOf(table).filter((name) => !(left[table.name] ?? []).includes(name))
      return [table.name, [...own, ...(added[table.name] ?? [])].sort()] as const
    }),
  )
}

/** By table, the columns of all rows `[table, column]`; `ew_store` is what a store itself is. */
function grouped(rows: readonly { readonly table: string; readonly name: string }[]): Columns {
  const tables = Map.groupBy(
    rows.filter(({ table }) => table !== 'ew_store'),
    ({ table }) => table,
  )
  return Object.fromEntries([...tables].map(([table, columns]) => [table, columns.map(({ name }) => name).sort()]))
}

test('every table and column of a SQLite file is copied', async (t) => {
  const file = join(folderFor(t), 'new.db')
  await (await sqlite(file).open({ clock: systemClock })).close()
  const database = new DatabaseSync(file)
  const sql = `select m.name as "table", c.name from sqlite_schema m, pragma_table_info(m.name) c where m.type = 'table'`
  const rows = database.prepare(sql).all() as { table: string; name: string }[]
  database.close()
  const expected = listed(
    { ew_streams: ['no'], ew_events: ['seq', 'no'], ew_partitions: ['no'], ew_messages: ['seq'] },
    { ew_events: ['part', 'position', 'stream'], ew_messages: ['channel', 'partition', 'offset'] },
  )
  assert.deepEqual(grouped(rows), expected)
})

const url = postgresUrl()
if (url !== undefined) {
  test('every table and column of a schema of PostgreSQL is copied', async () => {
    const { schema, adapter } = freshPostgres()
    await (await adapter.open({ clock: systemClock })).close()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const sql = `select table_name as table, column_name as name from information_schema.columns where table_schema = $1`
    const { rows } = await client.query<{ table: string; name: string }>(sql, [schema])
    await client.end()
    assert.deepEqual(grouped(rows), listed({}, {}))
  })
}
