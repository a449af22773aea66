import type { ParkedAttempt, ParkedKey, ParkedSummary } from '../../ports/parked.ts'
import type { ParkedHead } from '../../ports/parked-decision.ts'
import { step, type SqlDatabase, type SqlParameter, type SqlSteps } from './statements.ts'

/** What is needed of a database to change heads. */
export type HeadAccess = Pick<SqlDatabase, 'locks' | 'textsOf'>

/** Members of what is stored of a key, and their columns; the bulky ones stand last. */
const columns = [
  ['consumer', 'consumer'],
  ['key', 'key'],
  ['source', 'source'],
  ['bucket', 'bucket'],
  ['position', 'position'],
  ['resuming', 'resuming'],
  ['type', 'type'],
  ['code', 'code'],
  ['attempts', 'attempts'],
  ['replays', 'replays'],
  ['vainReplays', 'vain_replays'],
  ['edits', 'edits'],
  ['parkedAtMs', 'parked_at'],
  ['failedAtMs', 'failed_at'],
  ['id', 'id'],
  ['schemaVersion', 'schema_version'],
  ['correlationId', 'correlation_id'],
  ['message', 'message'],
  ['handlers', 'handlers'],
  ['history', 'history'],
  ['ends', 'ends'],
  ['stack', 'stack'],
] as const satisfies readonly (readonly [keyof ParkedHead, string])[]

const listed: readonly (readonly [keyof ParkedHead, string])[] = columns.slice(0, -4)
const names = columns.map(([, column]) => column)
const selectHead = `select ${names.join(', ')} from ew_parked_keys where consumer = ? and key = ?`
const replaceHead = `
  insert into ew_parked_keys (${names.join(', ')}) values (${names.map(() => '?').join(', ')})
  on conflict (consumer, key) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`
const countWaiting = '(select count(*) from ew_parked_events e where e.consumer = k.consumer and e.key = k.key)'
const rawOfHead = `(select raw from ew_parked_events e
  where e.consumer = k.consumer and e.key = k.key and e.position = k.position)`

/** A SELECT of summaries of keys; `summaryOf` reads its rows. */
export const selectSummaries = 'select consumer, key, position, vain_replays from ew_parked_keys'

/** A SELECT of keys for a list; `keyOf` reads its rows. */
export const selectKeys: string = `select ${listed.map(([, column]) => column).join(', ')}, ${countWaiting}
  from ew_parked_keys k`

/** A SELECT of everything about one key: a head, how many messages wait, what is kept of the head. */
export const selectLetter: string = `select ${names.join(', ')}, ${countWaiting}, ${rawOfHead} from ew_parked_keys k
  where consumer = ? and key = ?`

/** A summary of a parked key in a row of `selectSummaries`. */
export function summaryOf(row: readonly unknown[]): ParkedSummary {
  const [consumer, key, position, vainReplays] = row as readonly [string, string, number, number]
  return { consumer, key, position, vainReplays }
}

/** A parked key in a row of `selectKeys`. */
export function keyOf(row: readonly unknown[]): ParkedKey {
  const values = Object.fromEntries(listed.map(([member], index) => [member, row[index]]))
  return { ...(values as unknown as ParkedKey), resuming: values['resuming'] === 1, waiting: row.at(-1) as number }
}

/** What is stored of a parked key, in the first columns of a row. */
export function headOf(row: readonly unknown[]): ParkedHead {
  const values = Object.fromEntries(columns.map(([member], index) => [member, row[index]]))
  return {
    ...(values as unknown as ParkedHead),
    resuming: values['resuming'] === 1,
    history: attempts(values['history']),
    ends: attempts(values['ends']),
  }
}

/** Keeps others from those keys that are parked, in one order everywhere, so that nobody waits in a circle. */
export function* lockHeads({ locks, textsOf }: HeadAccess, consumer: string, keys: readonly string[]): SqlSteps<void> {
  if (locks.rows === '' || keys.length === 0) return
  yield* step(
    `select 1 from ew_parked_keys where consumer = ? and key in (${textsOf}) order by key${locks.rows}`,
    consumer,
    JSON.stringify(keys),
  )
}

/** Reads what is stored of a parked key and keeps others from it. */
export function* takeHead({ locks }: HeadAccess, consumer: string, key: string): SqlSteps<ParkedHead | undefined> {
  const [row] = yield* step(`${selectHead}${locks.rows}`, consumer, key)
  return row && headOf(row)
}

/** Writes what is to be stored of a parked key. */
export function* putHead(head: ParkedHead): SqlSteps<void> {
  const { resuming, history, ends, ...plain } = head
  const values: Readonly<Record<keyof ParkedHead, SqlParameter>> = {
    ...plain,
    resuming: resuming ? 1 : 0,
    history: JSON.stringify(history),
    ends: JSON.stringify(ends),
  }
  yield* step(replaceHead, ...columns.map(([member]) => values[member]))
}

function attempts(text: unknown): readonly ParkedAttempt[] {
  return JSON.parse(text as string) as readonly ParkedAttempt[]
}
