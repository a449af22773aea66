import type { OwnershipRow, OwnershipTable } from '../../ports/ownership.ts'
import type { SqliteConnection } from './driver.ts'

const columns = 'consumer, source, bucket, position, epoch, owner, until'
const heldRow = 'consumer = ? and source = ? and bucket = ? and epoch = ? and owner is not null'

/**
 * Leases and positions. The database has no clock of its own; `now` is that of the machine, which all processes share.
 */
export function sqliteOwnership(connection: SqliteConnection, now: () => number): OwnershipTable {
  const add = connection.prepare(
    `insert into ew_ownership (${columns}) values (?, ?, ?, ?, 0, null, null) on conflict do nothing`,
  )
  const count = connection.prepare('select count(*) from ew_ownership where consumer = ? and source = ? and bucket < ?')
  const claim = connection.prepare(
    `update ew_ownership set owner = ?, until = ?, epoch = epoch + 1 where consumer = ? and source = ?
     and (owner is null or owner = ? or until is null or until <= ?) returning ${columns}`,
  )
  const renew = connection.prepare(`update ew_ownership set until = ? where ${heldRow}`)
  const release = connection.prepare(`update ew_ownership set owner = null, until = null where ${heldRow}`)
  return {
    async ensure(consumer, source, buckets, position) {
      if (count.get(consumer, source, buckets)?.[0] === buckets) return
      connection.transaction(() => {
        for (let bucket = 0; bucket < buckets; bucket++) add.run(consumer, source, bucket, position)
      })
    },
    async claim(consumer, source, owner, ttlMs) {
      const nowMs = now()
      const rows = connection.transaction(() => claim.all(owner, nowMs + ttlMs, consumer, source, owner, nowMs))
      return rows.map(rowOf).sort((a, b) => a.bucket - b.bucket)
    },
    async renew(held, ttlMs) {
      const untilMs = now() + ttlMs
      return connection.transaction(() =>
        held.filter(({ consumer, source, bucket, epoch }) => renew.run(untilMs, consumer, source, bucket, epoch) === 1),
      )
    },
    async release(held) {
      connection.transaction(() => {
        for (const { consumer, source, bucket, epoch } of held) release.run(consumer, source, bucket, epoch)
      })
    },
    async list(consumer) {
      const where = consumer === undefined ? '' : ' where consumer = ?'
      const list = connection.prepare(`select ${columns} from ew_ownership${where} order by consumer, source, bucket`)
      return list.all(...(consumer === undefined ? [] : [consumer])).map(rowOf)
    },
    async remove(consumer) {
      connection.transaction(() => connection.prepare('delete from ew_ownership where consumer = ?').run(consumer))
    },
  }
}

function rowOf(row: readonly unknown[]): OwnershipRow {
  const [consumer, source, bucket, position, epoch, owner, untilMs] = row
  return { consumer, source, bucket, position, epoch, owner, untilMs } as OwnershipRow
}
