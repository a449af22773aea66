import '../../base/node-version.ts'
import type { StoreAdapter } from '../../ports/store.ts'
import { describeUrl } from './connect.ts'
import { settingsOf, type PostgresOptions } from './settings.ts'
import { openStore } from './store.ts'

export type { PostgresOptions } from './settings.ts'
export { dropPostgres, type DropOptions } from './upkeep.ts'

/**
 * A store in a schema of a PostgreSQL database, version 14 or newer. It needs the package `pg`. Any number of processes
 * may use it at once. Commits are on the server's disk before they are answered, except those of view rows and
 * positions alone, which are replayed after a crash of the server.
 *
 * Opening creates the schema or brings an older format forward, also when several processes do it at once. Errors:
 * EW_CONFIG, EW_DRIVER_MISSING, EW_STORE_UNREACHABLE, EW_STORE_UNSUITABLE, EW_STORE_NEWER, EW_STORE_OLDER.
 */
export function postgres(url: string, options: PostgresOptions = {}): StoreAdapter {
  const settings = settingsOf(url, options)
  const { schema } = settings
  return { kind: 'store', name: describeUrl(url, schema), open: () => openStore(settings) }
}
