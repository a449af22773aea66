import type { InboxTable } from '../../ports/inbox.ts'
import { eachOf, type SqlStatements } from './statements.ts'

/** Reads of the idempotency table, and its upkeep. */
export function inboxTable(statements: SqlStatements): InboxTable {
  // One look for each key: joined, a table without statistics would be read whole for every page.
  const among = `
    select value from (${statements.textsOf}) as named where exists (
      select 1 from ew_inbox where service = ? and consumer = ? and key = named.value limit 1 offset 0)`
  return {
    async get(service, consumer, key) {
      const [row] = await statements.all(get, service, consumer, key)
      return row && { fingerprint: row[0] as string, outcome: row[1] as string, atMs: row[2] as number }
    },
    async among(service, consumer, keys) {
      if (keys.length === 0) return new Set()
      const rows = await statements.all(among, JSON.stringify(keys), service, consumer)
      return new Set(rows.map(([key]) => key as string))
    },
    async consumers() {
      return (await statements.all(distinctConsumers)).map(([name]) => name as string)
    },
    async purge(consumer, beforeMs, limit) {
      const rows = await statements.all(oldest, consumer, beforeMs, limit)
      if (rows.length === 0) return 0
      // Who has deleted one meanwhile counts it; it may also have come anew.
      const keys = rows.map(([service, key]) => ({ service, key }))
      return statements.run(purge, consumer, beforeMs, eachOf(keys))
    },
  }
}

const get = 'select fingerprint, outcome, at from ew_inbox where service = ? and consumer = ? and key = ?'

const oldest = 'select service, key from ew_inbox where consumer = ? and at < ? order by at limit ?'

// With a plain `at` all that is old would be walked.
const purge = `
  delete from ew_inbox where consumer = ? and +at < ? and (service, key) in (
    select value ->> 'service', value ->> 'key' from json_each(?))`

// From name to name through the index, which is as many steps as there are consumers.
const distinctConsumers = `
  with recursive name (consumer) as (
    select min(consumer) from ew_inbox
    union all
    select (select min(i.consumer) from ew_inbox i where i.consumer > name.consumer) from name
    where name.consumer is not null)
  select consumer from name where consumer is not null`
