import type { ParkedKey, ParkedTable } from '../../ports/parked.ts'
import type { SqliteConnection } from './driver.ts'

const select = `
  select consumer, source, bucket, key, position, code, message, stack, attempts, parked_at, resuming,
    (select count(*) from ew_parked_events e where e.consumer = k.consumer and e.key = k.key)
  from ew_parked_keys k`

/** Reads of what is parked, and the mark for replay. */
export function sqliteParked(connection: SqliteConnection): ParkedTable {
  const get = connection.prepare(`${select} where consumer = ? and key = ?`)
  const isParked = connection.prepare('select 1 from ew_parked_keys where consumer = ? and key = ?')
  const count = connection.prepare('select count(*) from ew_parked_keys where consumer = ?')
  const waiting = connection.prepare(
    'select position, raw from ew_parked_events where consumer = ? and key = ? order by position limit ?',
  )
  const resume = connection.prepare('update ew_parked_keys set resuming = 1 where consumer = ? and key = ?')
  const resuming = connection.prepare(`${select} where consumer = ? and resuming = 1 order by key`)
  const page = connection.prepare(`${select} where (consumer, key) > (?, ?) order by consumer, key limit ?`)
  const pageOf = connection.prepare(
    `${select} where consumer = ? and (consumer, key) > (?, ?) order by consumer, key limit ?`,
  )
  return {
    async list({ consumer, limit, after = { consumer: '', key: '' } }) {
      const rows =
        consumer === undefined
          ? page.all(after.consumer, after.key, limit)
          : pageOf.all(consumer, after.consumer, after.key, limit)
      return rows.map(keyOf)
    },
    async get(consumer, key) {
      const row = get.get(consumer, key)
      return row && keyOf(row)
    },
    async among(consumer, keys) {
      if (keys.length > 1 && count.get(consumer)?.[0] === 0) return new Set()
      return new Set(keys.filter((key) => isParked.get(consumer, key) !== undefined))
    },
    async count(consumer) {
      return count.get(consumer)?.[0] as number
    },
    async waiting(consumer, key, limit) {
      const rows = waiting.all(consumer, key, limit) as [number, string | null][]
      return rows.map(([position, raw]) => (raw === null ? { position } : { position, raw }))
    },
    async resume(consumer, key) {
      return connection.transaction(() => resume.run(consumer, key) === 1)
    },
    async resuming(consumer) {
      return resuming.all(consumer).map(keyOf)
    },
  }
}

function keyOf(row: readonly unknown[]): ParkedKey {
  const [consumer, source, bucket, key, position, code, message, stack, attempts, parkedAtMs, resuming, waiting] = row
  return {
    consumer,
    source,
    bucket,
    key,
    position,
    code,
    message,
    stack,
    attempts,
    parkedAtMs,
    resuming: resuming === 1,
    waiting,
  } as ParkedKey
}
