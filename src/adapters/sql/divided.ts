import { notLevel } from '../../ports/division.ts'
import { bucketOfKey } from '../../ports/ownership.ts'
import { step, timeOf, type SqlDatabase, type SqlSteps } from './statements.ts'

/** What a consumer is to be. */
export interface Division {
  readonly consumer: string
  readonly source: string
  readonly buckets: number
  /** Where its buckets begin if it has none. */
  readonly position: number
}

type Database = Pick<SqlDatabase, 'clock' | 'locks' | 'textsOf'>

/** Makes the buckets of a consumer, or deals its keys anew, in one transaction. Error: EW_CONSUMERS_NOT_LEVEL. */
export function* divideSteps(database: Database, division: Division): SqlSteps<void> {
  const { clock, locks, textsOf } = database
  const { consumer, source, buckets } = division
  // Where there are no rows yet, none can be locked, and two processes must not both find that.
  if (locks.name !== undefined) yield* step(locks.name, `divide ${consumer} ${source}`)
  const nowMs = yield* timeOf(clock)
  const found = yield* step(
    `select position, epoch, owner, until from ew_ownership
      where consumer = ? and source = ? order by bucket${locks.rows}`,
    consumer,
    source,
  )
  if (found.length === buckets) return
  const rows = found.map(([position, epoch, owner, untilMs]) => ({ position, epoch, owner, untilMs }) as Stood)
  const error = notLevel(division, rows, nowMs)
  if (error !== undefined) throw error
  yield* step('delete from ew_ownership where consumer = ? and source = ?', consumer, source)
  // Higher than any that was given out, so that whoever held a bucket before loses.
  const epoch = Math.max(-1, ...rows.map((row) => row.epoch)) + 1
  const position = rows[0]?.position ?? division.position
  yield* step(
    `insert into ew_ownership (consumer, source, bucket, position, epoch, moved_at)
     select ?, ?, cast(value as bigint), cast(? as bigint), cast(? as bigint), ${clock.sql}
       from (${textsOf}) as buckets`,
    consumer,
    source,
    position,
    epoch,
    ...clock.values(),
    JSON.stringify(Array.from({ length: buckets }, (_, bucket) => String(bucket))),
  )
  const parked = yield* step('select key from ew_parked_keys where consumer = ? and source = ?', consumer, source)
  const dealt = Map.groupBy(
    parked.map(([key]) => key as string),
    (key) => bucketOfKey(key, buckets),
  )
  for (const [bucket, keys] of dealt) {
    yield* step(
      `update ew_parked_keys set bucket = ? where consumer = ? and key in (${textsOf})`,
      bucket,
      consumer,
      JSON.stringify(keys),
    )
  }
}

interface Stood {
  readonly position: number
  readonly epoch: number
  readonly owner: string | null
  readonly untilMs: number | null
}
