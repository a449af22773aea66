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
  const names = connection.prepare(distinctConsumers)
  const oldest = connection.prepare(
    'select service, key from ew_inbox where consumer = ? and at < ? order by at limit ?',
  )
  const remove = connection.prepare('delete from ew_inbox where service = ? and consumer = ? and key = ? and at < ?')
  return {
    async get(service, consumer, key) {
      const row = get.get(service, consumer, key)
      return row && { fingerprint: row[0] as string, outcome: row[1] as string, atMs: row[2] as number }
    },
    async among(service, consumer, keys) {
      if (keys.length === 0) return new Set()
      return new Set(among.all(service, consumer, JSON.stringify(keys)).map((row) => row[0] as string))
    },
    async consumers() {
      return names.all().map(([name]) => name as string)
    },
    async purge(consumer, beforeMs, limit) {
      const rows = oldest.all(consumer, beforeMs, limit) as (readonly [string, string])[]
      if (rows.length === 0) return 0
      // Who has deleted one meanwhile counts it; it may also have come anew.
      return connection.transaction(() =>
        rows.reduce((count, [service, key]) => count + remove.run(service, consumer, key, beforeMs), 0),
      )
    },
  }
}

// From name to name through the index, which is as many steps as there are consumers.
const distinctConsumers = `
  with recursive name (consumer) as (
    select min(consumer) from ew_inbox
    union all
    select (select min(i.consumer) from ew_inbox i where i.consumer > name.consumer) from name
    where name.consumer is not null)
  select consumer from name where consumer is not null`
