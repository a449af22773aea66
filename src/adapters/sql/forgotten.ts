import { forgetConsumer } from './parked.ts'
import { step, type SqlDatabase, type SqlSteps } from './statements.ts'

/** Deletes the rows of a consumer and what it has parked. Answers false, and does nothing, where others have a row. */
export function* forgetSteps(
  { locks }: Pick<SqlDatabase, 'locks'>,
  consumer: string,
  owner: string,
): SqlSteps<boolean> {
  const rows = yield* step(
    `select owner from ew_ownership where consumer = ? order by consumer, source, bucket${locks.rows}`,
    consumer,
  )
  if (rows.some(([holder]) => holder !== owner)) return false
  yield* forgetConsumer(consumer)
  yield* step('delete from ew_ownership where consumer = ?', consumer)
  return true
}
