import { handOverMs, type Held, type NotedMove, type OwnershipRow, type OwnershipTable } from '../../ports/ownership.ts'
import { divideSteps } from './divided.ts'
import { forgetSteps } from './forgotten.ts'
import { eachOf, type SqlDatabase } from './statements.ts'

const names = 'consumer, source, bucket, epoch'
const columns =
  'consumer, source, bucket, position, epoch, owner, until, wanted, moved_at, ' +
  'past_position, past_since, past_at, mark_position, mark_since, mark_at'

/** Leases and positions. */
export function ownershipTable(database: SqlDatabase): OwnershipTable {
  const { clock, locks } = database
  const add = `
    insert into ew_ownership (consumer, source, bucket, position, epoch, moved_at)
    select ?, ?, cast(value as bigint), cast(? as bigint), 0, ${clock.sql}
    from (${database.textsOf}) as buckets where true
    on conflict do nothing`
  const claim = changeOf(
    `consumer = ? and source = ? and
     (owner = ? or until is null or until <= ${clock.sql} or (owner is null and wanted = ?))`,
    locks.freeRows,
    `owner = ?, wanted = null, until = ${clock.sql} + ?, epoch = epoch + 1`,
  )
  const renew = changeOf(stillHeld, locks.rows, `until = ${clock.sql} + ?`, names)
  const ask = changeOf(stillHeld, locks.rows, 'wanted = ?')
  const release = changeOf(
    stillHeld,
    locks.rows,
    `owner = null, until = case when wanted is null then null else ${clock.sql} + ${handOverMs} end`,
  )
  return {
    async ensure(consumer, source, buckets, position) {
      const [row] = await database.all(count, consumer, source, buckets)
      if (row![0] === buckets) return
      const list = JSON.stringify(Array.from({ length: buckets }, (_, bucket) => String(bucket)))
      await database.run(add, consumer, source, position, ...clock.values(), list)
    },
    async divide(consumer, source, buckets, position) {
      const [row] = await database.all(countAll, consumer, source)
      if (row![0] !== buckets)
        await database.transaction(divideSteps(database, { consumer, source, buckets, position }))
    },
    async claim(consumer, source, owner, ttlMs) {
      const free = [consumer, source, owner, ...clock.values(), owner]
      const rows = await database.all(claim, ...free, owner, ...clock.values(), ttlMs)
      return rows.map(rowOf).sort((a, b) => a.bucket - b.bucket)
    },
    async renew(held, ttlMs) {
      if (held.length === 0) return []
      const rows = await database.all(renew, listOf(held), ...clock.values(), ttlMs)
      const renewed = new Set(rows.map((row) => JSON.stringify(row)))
      return held.filter((each) => renewed.has(nameOf(each)))
    },
    async ask(held, owner) {
      if (held.length > 0) await database.all(ask, listOf(held), owner)
    },
    async release(held) {
      if (held.length > 0) await database.all(release, listOf(held), ...clock.values())
    },
    async list(consumer) {
      const where = consumer === undefined ? '' : ' where consumer = ?'
      const rows = await database.all(
        `select ${columns} from ew_ownership${where} order by consumer, source, bucket`,
        ...(consumer === undefined ? [] : [consumer]),
      )
      return rows.map(rowOf)
    },
    async remove(consumer) {
      await database.run('delete from ew_ownership where consumer = ?', consumer)
    },
    forget: (consumer, owner) => database.transaction(forgetSteps(database, consumer, owner)),
  }
}

const countAll = 'select count(*) from ew_ownership where consumer = ? and source = ?'
const count = `${countAll} and bucket < ?`

const stillHeld = `
  owner is not null and (consumer, source, bucket, epoch) in (
    select value ->> 'consumer', value ->> 'source',
      cast(value ->> 'bucket' as bigint), cast(value ->> 'epoch' as bigint)
    from json_each(?))`

/** Changes rows that are locked before, in one order everywhere, so that nobody waits in a circle. */
function changeOf(which: string, lock: string, change: string, answered: string = columns): string {
  return `
    with chosen as (
      select consumer, source, bucket from ew_ownership where ${which} order by consumer, source, bucket${lock})
    update ew_ownership set ${change} where (consumer, source, bucket) in (select consumer, source, bucket from chosen)
    returning ${answered}`
}

function listOf(held: readonly Held[]): string {
  return eachOf(held.map(({ consumer, source, bucket, epoch }) => ({ consumer, source, bucket, epoch })))
}

function nameOf({ consumer, source, bucket, epoch }: Held): string {
  return JSON.stringify([consumer, source, bucket, epoch])
}

function rowOf(row: readonly unknown[]): OwnershipRow {
  const [consumer, source, bucket, position, epoch, owner, untilMs, wanted, movedAtMs, ...moves] = row
  const noted = [moves.slice(0, 3), moves.slice(3)].map(
    ([from, sinceMs, atMs]) => ({ from, sinceMs, atMs }) as NotedMove,
  )
  const known = { consumer, source, bucket, position, epoch, owner, untilMs, wanted, movedAtMs }
  return { ...known, noted: noted.filter(({ atMs }) => atMs > 0) } as OwnershipRow
}
