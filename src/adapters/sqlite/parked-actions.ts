import type { ParkedAction, ParkedOrder, ParkedTable } from '../../ports/parked.ts'
import type { ParkedHead } from '../../ports/parked-decision.ts'
import { conditions } from './conditions.ts'
import type { SqliteConnection } from './driver.ts'

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

/** What is noted of an action beside the head that it was done to. */
export interface NotedAction extends ParkedOrder {
  readonly atMs: number
  readonly raw: string | null
  readonly edited?: string
}

/** Notes what was done to a head. */
export function addAction(
  connection: SqliteConnection,
  kind: ParkedAction['kind'],
  head: ParkedHead,
  noted: NotedAction,
): void {
  const values = { edited: null, ...head, ...noted, kind }
  connection
    .prepare(`insert into ew_parked_actions (${names}) values (${columns.map(() => '?').join(', ')})`)
    .run(...columns.map(([member]) => values[member]))
}

/** What was done, the newest first. */
export function readActions(
  connection: SqliteConnection,
  { consumer, key, kind, after, limit }: Parameters<ParkedTable['actions']>[0],
): readonly ParkedAction[] {
  const where = conditions([
    ['consumer = ?', consumer],
    ['key = ?', key],
    ['kind = ?', kind],
    ['seq < ?', after],
  ])
  const rows = connection.prepare(`select ${names}, seq from ew_parked_actions${where.sql} order by seq desc limit ?`)
  return rows.all(...where.values, limit).map((row) => {
    const { raw, edited, ...values } = Object.fromEntries(columns.map(([member], index) => [member, row[index]]))
    const texts = { ...(raw !== null && { raw }), ...(edited !== null && { edited }) }
    return { ...values, ...texts, seq: row.at(-1) } as unknown as ParkedAction
  })
}
