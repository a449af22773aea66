import type { MailSweep, MailSwept } from '../../ports/sagas.ts'
import type { SqliteConnection } from './driver.ts'

/** Forgets what is too old in one page of the mail. */
export function sweepMail(connection: SqliteConnection, sweep: MailSweep): MailSwept {
  const { after, limit, usedBeforeMs, waiting } = sweep
  const page = connection
    .prepare('select seq, at from ew_mail where seq > ? order by seq limit ?')
    .all(after, limit) as readonly (readonly [seq: number, atMs: number])[]
  const last = page.at(-1)
  if (last === undefined) return { purged: 0, next: undefined }
  const [seq, atMs] = last
  // Mail comes in the order of time, so what is old stands at the beginning.
  const newestMs = Math.max(usedBeforeMs, ...waiting.map(({ beforeMs }) => beforeMs))
  const next = page.length === limit && atMs < newestMs ? seq : undefined
  const which = [after, seq, usedBeforeMs, JSON.stringify(waiting)] as const
  // The lock is asked for only when there is something to do.
  if (connection.prepare(`select 1 from ew_mail where ${tooOld} limit 1`).get(...which) === undefined)
    return { purged: 0, next }
  const purged = connection.transaction(() => connection.prepare(`delete from ew_mail where ${tooOld}`).run(...which))
  return { purged, next }
}

const tooOld = `
  seq > ? and seq <= ? and case when body is null then at < ? else at < (
    select c.value ->> 'beforeMs' from json_each(?) c
    where c.value ->> 'saga' = ew_mail.saga and c.value ->> 'kind' = ew_mail.kind) end`
