import { basename } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { PendingMigrations } from '../sql/pending-migrations.ts'
import { SqliteConnection } from './driver.ts'
import { isNewFile } from './file-header.ts'
import { formatOf, migrationScript } from './open.ts'
import { newestFormat } from './schema.ts'

const busyTimeoutMs = 5_000

/** What opening a file would do to it; makes no file and changes none. Errors: those of opening. */
export async function pendingSqlite(file: string, clock: Clock): Promise<PendingMigrations> {
  const format = isNewFile(file) ? 0 : await readFormat(file)
  return { store: `sqlite ${basename(file)}`, format, newestFormat, statements: migrationScript(format, clock) }
}

async function readFormat(file: string): Promise<number> {
  const connection = new SqliteConnection(await import('node:sqlite'), file, { readOnly: true, busyTimeoutMs })
  try {
    return formatOf(connection, file)
  } finally {
    connection.close()
  }
}
