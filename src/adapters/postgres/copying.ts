import type { CopyableStore, CopyTarget } from '../../ports/copying.ts'
import type { StoredRow, TableSpec } from '../../ports/views.ts'
import { assertEmpty, clearSeeded, setStoreIdSql, tableNamed, wholeStore, type WholeStore } from '../sql/copying.ts'
import { quotedName, rowColumns } from '../sql/dialect.ts'
import { columnsOf, storedTables, type StoredKind, type StoredTable } from '../sql/stored-tables.ts'
import { createTable } from '../sql/table-ddl.ts'
import { describeUrl } from './connect.ts'
import type { PostgresDriver, Statements, Transaction } from './driver.ts'
import { postgresLog } from './log.ts'
import { migrateSchema, storeIdOf } from './open.ts'
import { connectDriver } from './session.ts'
import { settingsOf, type PostgresOptions } from './settings.ts'
import { postgresDialect, ViewTable } from './view-table.ts'

// A statement may count millions of rows, and a connection waits while the other store writes.
const patience = { statementTimeoutMs: 24 * 60 * 60 * 1_000, poolSize: 2 }

/** A store in PostgreSQL for `store copy`: read while its tables are locked against writes, filled in one transaction. */
export function copyablePostgres(url: string, options: PostgresOptions): CopyableStore {
  const settings = settingsOf(url, { ...options, ...patience })
  const name = describeUrl(url, settings.schema)
  const locked = async <T>(
    mode: string,
    open: (driver: PostgresDriver) => Promise<string>,
    work: (transaction: Transaction, storeId: string) => Promise<T>,
  ): Promise<T> => {
    const driver = await connectDriver(settings)
    try {
      const storeId = await open(driver)
      const tables = storedTables.map((table) => table.name).join(', ')
      return await driver.transaction(async (transaction) => {
        // The lock comes before the first read, so that what is seen from then on is all that there is.
        await transaction.run(`lock table ${tables} in ${mode} mode`)
        return work(transaction, storeId)
      }, 'begin isolation level repeatable read')
    } finally {
      await driver.close()
    }
  }
  return {
    name,
    kind: 'postgres',
    reading: (work) =>
      locked('share', storeIdOf, (transaction, storeId) => {
        const source = wholeStore(wholeOf(transaction, settings.schema))
        return work({ ...source, name, storeId })
      }),
    filling: (work) =>
      locked('access exclusive', emptyStore, async (transaction, storeId) => {
        const whole = wholeOf(transaction, settings.schema)
        await assertEmpty(whole, name)
        const result = await work(targetOn(transaction, whole, { name, storeId, schema: settings.schema }))
        await finish(transaction)
        return result
      }),
  }
}

/** Makes what is missing. Whether it is empty is asked before the lock too, which the store that is read has itself. */
async function emptyStore(driver: PostgresDriver): Promise<string> {
  const storeId = await migrateSchema(driver)
  await assertEmpty(wholeOf(driver, driver.schema), driver.name)
  return storeId
}

function wholeOf(transaction: Statements, schema: string): WholeStore {
  const { qualifier } = postgresDialect(schema)
  return {
    all: (sql, ...parameters) => transaction.all(sql, ...parameters),
    clock: { sql: '(select ew_now())', values: () => [] },
    own: {},
    qualifier,
    async tables() {
      const rows = await transaction.all(
        'select tablename from pg_tables where schemaname = ? order by tablename',
        schema,
      )
      return rows.map(([name]) => name as string)
    },
    async viewPage(view, after, limit) {
      const table = new ViewTable(view, schema)
      const where = after === undefined ? '' : ` where ${rowColumns.key} > ?`
      const from = `${qualifier}${quotedName(view.name)}`
      const sql = `select ${table.selectList} from ${from}${where} order by ${rowColumns.key} limit ?`
      const rows = await transaction.all(sql, ...(after === undefined ? [] : [after]), limit)
      return rows.map((row) => table.decode(row))
    },
  }
}

interface Place {
  readonly name: string
  readonly storeId: string
  readonly schema: string
}

function targetOn(transaction: Transaction, whole: WholeStore, { name, storeId, schema }: Place): CopyTarget {
  return {
    name,
    storeId,
    log: postgresLog(transaction),
    count: wholeStore(whole).count,
    async prepare(sections) {
      for (const sql of clearSeeded) await transaction.run(sql)
      for (const { view } of sections) {
        if (view === undefined) continue
        for (const sql of createTable(view, postgresDialect(schema))) await transaction.script(sql)
      }
    },
    async write(section, rows) {
      if (section.view !== undefined) return writeView(transaction, section.view, rows as readonly StoredRow[], schema)
      const table = tableNamed(section.name)
      await transaction.run(insertOf(table), jsonOf(table, rows as readonly (readonly unknown[])[]))
    },
    async setStoreId(id) {
      await transaction.run(setStoreIdSql, id)
    },
  }
}

async function writeView(
  transaction: Transaction,
  view: TableSpec,
  rows: readonly StoredRow[],
  schema: string,
): Promise<void> {
  const table = new ViewTable(view, schema)
  const writes = rows.map(({ key, row, applied }) =>
    table.rowJson({ table: view.name, key, row, applied, tombstone: row === undefined }, 1),
  )
  await transaction.once(table.fillStatement, [`[${writes.join()}]`])
}

const types: Readonly<Record<StoredKind, string>> = { text: 'text', integer: 'bigint', json: 'text', id: 'text' }
const casts: Readonly<Record<StoredKind, string>> = { text: '', integer: '', json: '::json', id: '::uuid' }

/** One parameter for any number of rows. Event data are texts in it, so that they stay what they are to the letter. */
function insertOf(table: StoredTable): string {
  const columns = columnsOf(table)
  const names = columns.map(quotedName).join(', ')
  const values = columns.map((name, index) => `c${index}${casts[table.columns[name]!]}`)
  const record = columns.map((name, index) => `c${index} ${types[table.columns[name]!]}`)
  return `insert into ${table.name} (${names}) overriding system value
    select ${values.join(', ')} from json_to_recordset(?::json) as rows (${record.join(', ')})`
}

function jsonOf(table: StoredTable, rows: readonly (readonly unknown[])[]): string {
  const names = columnsOf(table).map((_, index) => `"c${index}":`)
  return `[${rows.map((row) => `{${row.map((value, index) => names[index]! + JSON.stringify(value)).join()}}`).join()}]`
}

/** Numbers that the database gives go on behind those that came, and the planner learns what is there. */
async function finish(transaction: Transaction): Promise<void> {
  for (const [table, column] of [
    ['ew_parked_actions', 'seq'],
    ['ew_channels', 'no'],
  ] as const) {
    const [row] = await transaction.all(`select coalesce(max(${column}), 0) + 1 from ${table}`)
    await transaction.run(`alter table ${table} alter column ${column} restart with ${Number(row![0])}`)
  }
  await transaction.run(`analyze ${storedTables.map(({ name }) => name).join(', ')}`)
}
