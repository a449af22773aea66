import type { ParkedAction, ParkedOrder, ParkedTable } from '../../ports/parked.ts'
import type { ParkedHead } from '../../ports/parked-decision.ts'
import { conditions } from './conditions.ts'
import { step, type SqlStatements, type SqlSteps } from './statements.ts'

const columns = [
  ['kind', 'kind'],
  ['consumer', 'consumer'],
  ['source', 'source'],
  ['key', 'key'],
  ['position', 'position'],
  ['id', 'id'],
  ['type', 'type'],
  ['schemaVersion', 'schema_version'],
  ['correlationId', 'correlation_id'],
  ['code', 'code'],
  ['message', 'message'],
  ['who', 'who'],
  ['why', 'why'],
  ['atMs', 'at'],
  ['raw', 'raw'],
  ['edited', 'edited'],
] as const satisfies readonly (readonly [keyof ParkedAction, string])[]

const names = columns.map(([, column]) => column).join(', ')
const add = `insert into ew_parked_actions (${names}) values (${columns.map(() => '?').join(', ')})`

/** What is noted of an action beside the head that it was done to. */
export interface NotedAction extends ParkedOrder {
  readonly atMs: number
  readonly raw: string | null
  readonly edited?: string
}

/** Notes what was done to a head. */
export function* addAction(kind: ParkedAction['kind'], head: ParkedHead, noted: NotedAction): SqlSteps<void> {
  const values = { edited: null, ...head, ...noted, kind }
  yield* step(add, ...columns.map(([member]) => values[member]))
}

/** What was done, the newest first. */
export async function readActions(
  statements: SqlStatements,
  { consumer, key, kind, after, limit }: Parameters<ParkedTable['actions']>[0],
): Promise<readonly ParkedAction[]> {
  const where = conditions([
    ['consumer = ?', consumer],
    ['key = ?', key],
    ['kind = ?', kind],
    ['seq < ?', after],
  ])
  const sql = `select ${names}, seq from ew_parked_actions${where.sql} order by seq desc limit ?`
  return (await statements.all(sql, ...where.values, limit)).map((row) => {
    const { raw, edited, ...values } = Object.fromEntries(columns.map(([member], index) => [member, row[index]]))
    const texts = { ...(raw !== null && { raw }), ...(edited !== null && { edited }) }
    return { ...values, ...texts, seq: row.at(-1) } as unknown as ParkedAction
  })
}
