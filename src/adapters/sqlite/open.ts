import { systemClock, type Clock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { newId, randomUnit } from '../../base/ids.ts'
import { plainScript } from '../sql/pending-migrations.ts'
import { SqliteConnection } from './driver.ts'
import { applicationId, isNewFile } from './file-header.ts'
import { migrations, newestFormat } from './schema.ts'

/** The connections of one opened file. In memory they are one and the same. */
export interface Connections {
  readonly file: string
  readonly storeId: string
  /** Commits everything; the disk has it before the answer. */
  readonly durable: SqliteConnection
  /** Commits rows of views and positions alone, which can be replayed: a power cut may take the last ones. */
  readonly relaxed: SqliteConnection
  /** Runs the SQL of users; refuses to write. */
  readonly reading: SqliteConnection
}

/** How the file is opened. */
export interface OpenSettings {
  readonly busyTimeoutMs: number
  readonly checkpointPages: number
  readonly maxPages: number | undefined
}

// Opening is rare and may wait for another process that creates or migrates the same file.
const openTimeoutMs = 5_000
const switchAttempts = 100

/** Opens the file, makes or migrates what is missing, and asserts the settings that durability rests on. */
export async function openConnections(file: string, clock: Clock, settings: OpenSettings): Promise<Connections> {
  const sqlite = await import('node:sqlite')
  const inMemory = file === ':memory:'
  if (!inMemory) isNewFile(file)
  const opened: SqliteConnection[] = []
  const open = (synchronous: 'full' | 'normal', readOnly = false): SqliteConnection => {
    const connection = new SqliteConnection(sqlite, file, { readOnly, busyTimeoutMs: openTimeoutMs })
    opened.push(connection)
    configure(connection, synchronous, settings, inMemory)
    return connection
  }
  try {
    const first = new SqliteConnection(sqlite, file, { busyTimeoutMs: openTimeoutMs })
    opened.push(first)
    const storeId = migrate(first, file, clock)
    if (!inMemory) await switchToLog(first, file)
    configure(first, 'full', settings, inMemory)
    if (inMemory) return { file, storeId, durable: first, relaxed: first, reading: first }
    assertSettings(first, file, 2)
    const relaxed = open('normal')
    assertSettings(relaxed, file, 1)
    return { file, storeId, durable: first, relaxed, reading: open('normal', true) }
  } catch (error) {
    for (const connection of opened) connection.close()
    throw error
  }
}

/** Creates the tables of a new file, or brings an older one forward, in one transaction. Answers the store's id. */
function migrate(connection: SqliteConnection, file: string, clock: Clock): string {
  const current = formatOf(connection, file)
  if (current < newestFormat) connection.transaction(() => runMigrations(connection, file, clock))
  const storeId = connection.prepareOnce(`select value from ew_store where name = 'store_id'`).get()?.[0]
  if (typeof storeId === 'string') return storeId
  throw failure('EW_STORE_CORRUPT', `The file ${file} has lost its store id.`, { details: { file } })
}

/** The format of a file that is a store or nothing yet. Errors: EW_STORE_FOREIGN, EW_STORE_NEWER. */
export function formatOf(connection: SqliteConnection, file: string): number {
  const { current, mark, empty } = connection.snapshot(() => ({
    current: Number(connection.pragma('user_version')),
    mark: Number(connection.pragma('application_id')),
    empty: connection.prepareOnce('select count(*) from sqlite_schema').get()?.[0] === 0,
  }))
  if (!empty && mark !== applicationId) {
    throw failure('EW_STORE_FOREIGN', `The file ${file} is a SQLite database of another application.`, {
      details: { file },
    })
  }
  refuseNewer(current, file)
  return current
}

/** Another process may have come first, so the format is read again under the lock. */
function runMigrations(connection: SqliteConnection, file: string, clock: Clock): void {
  const current = Number(connection.pragma('user_version'))
  refuseNewer(current, file)
  for (const sql of migrationScript(current, clock)) connection.exec(sql)
}

/** The statements that bring a file from a format to the newest one, its marks with them. */
export function migrationScript(format: number, clock: Clock): readonly string[] {
  const steps = migrations.filter((migration) => migration.format > format).map(({ sql }) => plainScript(sql))
  if (steps.length === 0) return []
  const marks = `pragma user_version = ${newestFormat}; pragma application_id = ${applicationId};`
  if (format > 0) return [...steps, marks]
  return [
    ...steps,
    marks,
    `insert into ew_store (name, value) values ('store_id', '${newId()}'), ('created_at', '${clock.now()}');`,
  ]
}

function refuseNewer(format: number, file: string): void {
  if (format <= newestFormat) return
  throw failure(
    'EW_STORE_NEWER',
    `The file ${file} has format ${format}, and this release knows formats up to ${newestFormat}.`,
    {
      details: { file, format, newestFormat },
    },
  )
}

/**
 * The tables exist before the log does, so that the header always says whose file it is, whatever is still in the log.
 * SQLite does not wait when two processes switch a new file at once, whatever its timeout; the second one finds it
 * done.
 */
async function switchToLog(connection: SqliteConnection, file: string): Promise<void> {
  for (let attempt = 1; attempt <= switchAttempts; attempt++) {
    try {
      const mode = connection.pragma('journal_mode = wal')
      if (mode === 'wal') return
      const answer = `SQLite cannot keep a write-ahead log there (it answered ${String(mode)})`
      throw failure('EW_STORE_FAILED', `The store file ${file} cannot be used: ${answer}.`, { details: { file } })
    } catch (error) {
      if (!isEventwrightError(error, 'EW_STORE_BUSY') || attempt === switchAttempts) throw error
      await systemClock.sleep(1 + randomUnit() * attempt)
    }
  }
}

function configure(
  connection: SqliteConnection,
  synchronous: 'full' | 'normal',
  settings: OpenSettings,
  inMemory: boolean,
): void {
  connection.exec(
    `pragma synchronous = ${synchronous}; pragma foreign_keys = on; pragma busy_timeout = ${settings.busyTimeoutMs};`,
  )
  if (settings.maxPages !== undefined) connection.exec(`pragma max_page_count = ${settings.maxPages}`)
  if (!inMemory) connection.exec(`pragma wal_autocheckpoint = ${settings.checkpointPages}`)
}

function assertSettings(connection: SqliteConnection, file: string, synchronous: 1 | 2): void {
  const got = { journal: connection.pragma('journal_mode'), synchronous: connection.pragma('synchronous') }
  if (got.journal === 'wal' && got.synchronous === synchronous) return
  throw failure('EW_STORE_FAILED', `A connection to ${file} is not as durable as it must be.`, {
    details: { file, ...got },
  })
}
