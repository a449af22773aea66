import type { InboxTable } from '../../ports/inbox.ts'
import type { SqliteConnection } from './driver.ts'

/** Reads of the idempotency table, and its upkeep. */
export function sqliteInbox(connection: SqliteConnection): InboxTable {
  const get = connection.prepare(
    'select fingerprint, outcome, at from ew_inbox where service = ? and consumer = ? and key = ?',
  )
  const among = connection.prepare(
    'select key from ew_inbox where service = ? and consumer = ? and key in (select value from json_each(?))',
  )
  const purge = connection.prepare('delete from ew_inbox where at < ?')
  return {
    async get(service, consumer, key) {
      const row = get.get(service, consumer, key)
      return row && { fingerprint: row[0] as string, outcome: row[1] as string, atMs: row[2] as number }
    },
    async among(service, consumer, keys) {
      if (keys.length === 0) return new Set()
      return new Set(among.all(service, consumer, JSON.stringify(keys)).map((row) => row[0] as string))
    },
    async purge(beforeMs) {
      return connection.transaction(() => purge.run(beforeMs))
    },
  }
}
