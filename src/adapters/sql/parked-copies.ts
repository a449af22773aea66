import type { ParkedCopy, ParkedErasure } from '../../ports/parked.ts'
import { conditions } from './conditions.ts'
import { step, type SqlStatements, type SqlSteps } from './statements.ts'

/** What was kept of messages that wait, in the order of consumer, key and position. */
export async function readCopies(
  statements: SqlStatements,
  { after, limit }: { readonly after?: Omit<ParkedCopy, 'raw'>; readonly limit: number },
): Promise<readonly ParkedCopy[]> {
  const where = conditions([['(consumer, key, position) > (?, ?, ?)', after?.consumer, after?.key, after?.position]])
  const sql = `select consumer, key, position, raw from ew_parked_events${where.sql || ' where true'}
    and raw is not null order by consumer, key, position limit ?`
  const rows = await statements.all(sql, ...where.values, limit)
  return (rows as readonly [string, string, number, string][]).map(([consumer, key, position, raw]) => {
    return { consumer, key, position, raw }
  })
}

/** Takes out of what is parked, and of what is noted, what it says of messages. */
export function* eraseCopies({ messages = [], heads = [], actions = [] }: ParkedErasure): SqlSteps<void> {
  for (const { consumer, key, position } of heads) yield* step(eraseHead, consumer, key, position)
  for (const { consumer, key, position, raw } of messages) yield* step(setRaw, raw, consumer, key, position)
  for (const { seq, raw = null, edited = null } of actions) yield* step(eraseAction, raw, edited, seq)
}

const setRaw = `
  update ew_parked_events set raw = ? where consumer = ? and key = ? and position = ? and raw is not null`
const eraseHead = `
  update ew_parked_keys set message = '', stack = '', history = '[]', ends = '[]'
   where consumer = ? and key = ? and position = ?`
const eraseAction = `update ew_parked_actions set message = '', raw = ?, edited = ? where seq = ?`
