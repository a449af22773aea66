import type { InboxTable } from '../../ports/inbox.ts'
import type { SqliteConnection } from './driver.ts'

/** Reads of the idempotency table, and its upkeep. */
export function sqliteInbox(connection: SqliteConnection): InboxTable {
  const get = connection.prepare(
    'select fingerprint, outcome, at from ew_inbox where service = ? and consumer = ? and key = ?',
  )
  const purge = connection.prepare('delete from ew_inbox where at < ?')
  return {
    async get(service, consumer, key) {
      const row = get.get(service, consumer, key)
      return row && { fingerprint: row[0] as string, outcome: row[1] as string, atMs: row[2] as number }
    },
    async purge(beforeMs) {
      return connection.transaction(() => purge.run(beforeMs))
    },
  }
}
