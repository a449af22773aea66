import type { MailSweep, MailSwept } from '../../ports/sagas.ts'
import { eachOf, type SqlStatements } from './statements.ts'

/** Forgets what is too old in one page of the mail. */
export async function sweepMail(statements: SqlStatements, sweep: MailSweep): Promise<MailSwept> {
  const { after, limit, usedBeforeMs, waiting } = sweep
  const page = await statements.all('select seq, at from ew_mail where seq > ? order by seq limit ?', after, limit)
  const last = page.at(-1)
  if (last === undefined) return { purged: 0, next: undefined }
  const [seq, atMs] = last as readonly [seq: number, atMs: number]
  // Mail comes in the order of time, so what is old stands at the beginning.
  const newestMs = Math.max(usedBeforeMs, ...waiting.map(({ beforeMs }) => beforeMs))
  const next = page.length === limit && atMs < newestMs ? seq : undefined
  const which = [after, seq, usedBeforeMs, eachOf(waiting)] as const
  // The lock is asked for only when there is something to do.
  const some = await statements.all(`select 1 from ew_mail where ${tooOld} limit 1`, ...which)
  const purged = some.length === 0 ? 0 : await statements.run(`delete from ew_mail where ${tooOld}`, ...which)
  return { purged, next }
}

const tooOld = `
  seq > ? and seq <= ? and case when body is null then at < ? else at < (
    select cast(c.value ->> 'beforeMs' as bigint) from json_each(?) c
    where c.value ->> 'saga' = ew_mail.saga and c.value ->> 'kind' = ew_mail.kind) end`
