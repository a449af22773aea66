import { failure } from '../../base/errors.ts'
import { quotedName } from '../sql/dialect.ts'
import type { PendingMigrations } from '../sql/pending-migrations.ts'
import type { PostgresDriver } from './driver.ts'
import { pendingMigrations } from './open.ts'
import { connectDriver } from './session.ts'
import { settingsOf, type PostgresOptions } from './settings.ts'

const mostShown = 5

/** Which store of a database. */
export interface DropOptions {
  /** Its schema; default `eventwright`. */
  readonly schema?: string
}

/**
 * Deletes a store: its schema with all that is in it. Nothing happens where there is no such schema, or nothing in it.
 * Error: EW_CONFIG for a schema that is no store, or in which others keep something.
 */
export async function dropPostgres(url: string, { schema }: DropOptions = {}): Promise<void> {
  await withDriver(url, schema === undefined ? {} : { schema }, async (driver) => {
    const { format } = await pendingMigrations(driver)
    await refuseForeign(driver, format)
    if (format > 0) await driver.once(`drop schema ${quotedName(driver.schema)} cascade`, [])
  })
}

async function refuseForeign(driver: PostgresDriver, format: number): Promise<void> {
  const rows = await driver.all(thingsOfOthers, driver.schema)
  if (rows.length === 0) return
  const names = rows.slice(0, mostShown).map(([name]) => JSON.stringify(name))
  const more = rows.length > mostShown ? ` and ${rows.length - mostShown} more` : ''
  const what = format === 0 ? 'is no Eventwright store' : 'holds more than an Eventwright store'
  const why = `${driver.name} ${what}, so it is not deleted; there is ${names.join(', ')}${more}`
  throw failure('EW_CONFIG', `${why}.`, { details: { schema: driver.schema, ofOthers: rows.length } })
}

/** Tables, views, functions and extensions that no store has made. */
const thingsOfOthers = `
  with place as (select oid from pg_namespace where nspname = ?)
  select name from (
    select relname as name from pg_class where relnamespace in (select oid from place)
      and relkind in ('r', 'p', 'v', 'm', 'f') and relname !~ '^(ew|view)_'
    union all select proname from pg_proc where pronamespace in (select oid from place) and proname !~ '^ew_'
    union all select extname from pg_extension where extnamespace in (select oid from place)) as things
  order by name`

/** What opening a store would do to its schema; asks for no right but to read. Errors: those of opening. */
export async function pendingPostgres(url: string, options: PostgresOptions): Promise<PendingMigrations> {
  return withDriver(url, options, pendingMigrations)
}

async function withDriver<T>(
  url: string,
  options: PostgresOptions,
  work: (driver: PostgresDriver) => Promise<T>,
): Promise<T> {
  const driver = await connectDriver({ ...settingsOf(url, options), poolSize: 2 })
  try {
    return await work(driver)
  } finally {
    await driver.close()
  }
}
