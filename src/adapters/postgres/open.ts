import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { quotedName } from '../sql/dialect.ts'
import { plainScript, type PendingMigrations } from '../sql/pending-migrations.ts'
import type { PostgresDriver, Statements } from './driver.ts'
import { migrations, newestFormat } from './schema.ts'
import { qualified } from './sql-text.ts'

/** What `migrateSchema` would do; asks for no rights but to read. Error: EW_STORE_NEWER. */
export async function pendingMigrations(driver: PostgresDriver, on: Statements = driver): Promise<PendingMigrations> {
  const { name, schema } = driver
  const format = await formatOf(schema, on)
  refuseNewer(format, driver)
  const steps = migrations.filter((migration) => migration.format > format).map(({ sql }) => plainScript(sql))
  const isNew = format === 0
  const statements = [
    ...(isNew ? [`create schema if not exists ${quotedName(schema)};`] : []),
    ...steps,
    ...(isNew ? [`insert into ew_store values ('store_id', '${newId()}');`] : []),
    `insert into ew_store values ('format', '${newestFormat}')
       on conflict (name) do update set value = excluded.value;`,
  ]
  return {
    store: name,
    format,
    newestFormat,
    statements: steps.length === 0 ? [] : statements.map((sql) => qualified(sql, schema)),
  }
}

/**
 * Brings the schema to the newest format, each step and its number in one transaction; processes that start together
 * wait for each other. A schema that is up to date needs no right to change it. Answers the store's id.
 */
export async function migrateSchema(driver: PostgresDriver): Promise<string> {
  const { statements } = await pendingMigrations(driver)
  if (statements.length > 0) await migrate(driver)
  return readStoreId(driver)
}

/** The id of a store whose schema somebody else has to keep up to date. Error: EW_STORE_OLDER. */
export async function storeIdOf(driver: PostgresDriver): Promise<string> {
  const { format } = await pendingMigrations(driver)
  if (format === newestFormat) return readStoreId(driver)
  throw failure(
    'EW_STORE_OLDER',
    `The store ${driver.name} has format ${format}, and this release needs ${newestFormat}, which it may not make.`,
    { details: { format, newestFormat } },
  )
}

async function readStoreId(driver: PostgresDriver): Promise<string> {
  const [row] = await driver.all(`select value from ew_store where name = 'store_id'`)
  if (typeof row?.[0] === 'string') return row[0]
  throw failure('EW_STORE_CORRUPT', `The store ${driver.name} has lost its store id.`)
}

async function migrate(driver: PostgresDriver): Promise<void> {
  await driver.transaction(async (transaction) => {
    await transaction.once(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`eventwright ${driver.schema}`])
    // Another process may have come first while this one waited.
    const { statements } = await pendingMigrations(driver, transaction)
    // However long it takes: a limit would begin it anew again and again.
    await transaction.script('set local statement_timeout = 0')
    for (const sql of statements) await transaction.script(sql)
  })
}

/** Asks whether there is a table first: a statement that fails would end the transaction that it stands in. */
async function formatOf(schema: string, on: Statements): Promise<number> {
  const tables = `select 1 from pg_tables where schemaname = ? and tablename = ?`
  if ((await on.all(tables, schema, 'ew_store')).length === 0) return 0
  const [row] = await on.all(`select value from ew_store where name = 'format'`)
  return Number(row?.[0] ?? 0)
}

function refuseNewer(format: number, { name }: PostgresDriver): void {
  if (format <= newestFormat) return
  throw failure(
    'EW_STORE_NEWER',
    `The store ${name} has format ${format}, and this release knows formats up to ${newestFormat}.`,
    { details: { format, newestFormat } },
  )
}
