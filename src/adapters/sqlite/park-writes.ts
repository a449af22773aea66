import type { ParkedAttempt } from '../../ports/parked.ts'
import { parkedHead, type ParkedHead } from '../../ports/parked-decision.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import type { SqliteConnection } from './driver.ts'

/** Parks, extends and frees keys, in the order of the writes. */
export function writeParks(connection: SqliteConnection, parks: readonly ParkWrite[], nowMs: number): void {
  for (const park of parks) {
    const { consumer } = park
    switch (park.kind) {
      case 'park':
        putHead(connection, parkedHead(park, headOf(connection, consumer, park.key), nowMs))
        connection.prepare(addWaiting).run(consumer, park.key, park.position, park.raw ?? null)
        break
      case 'wait':
        connection.prepare(addWaiting).run(consumer, park.key, park.position, park.raw ?? null)
        break
      case 'replayed':
        connection.prepare(removeWaiting).run(consumer, park.key, park.position)
        break
      case 'unpark':
        connection.prepare('delete from ew_parked_keys where consumer = ? and key = ?').run(consumer, park.key)
        connection.prepare('delete from ew_parked_events where consumer = ? and key = ?').run(consumer, park.key)
        break
      case 'unmark':
        connection
          .prepare('update ew_parked_keys set resuming = 0 where consumer = ? and key = ?')
          .run(consumer, park.key)
        break
      case 'handlers':
        connection.prepare(newHandlers).run(park.handlers, consumer, park.bucket, park.handlers)
    }
  }
}

/** What is stored of a parked key. */
export function headOf(connection: SqliteConnection, consumer: string, key: string): ParkedHead | undefined {
  const row = connection.prepare(selectHead).get(consumer, key)
  if (row === undefined) return undefined
  const values = Object.fromEntries(headColumns.map(([member], index) => [member, row[index]]))
  return {
    ...(values as unknown as ParkedHead),
    resuming: values['resuming'] === 1,
    history: attempts(values['history']),
    ends: attempts(values['ends']),
  }
}

/** Writes what is to be stored of a parked key. */
export function putHead(connection: SqliteConnection, head: ParkedHead): void {
  const { resuming, history, ends, ...plain } = head
  const values = {
    ...plain,
    resuming: resuming ? 1 : 0,
    history: JSON.stringify(history),
    ends: JSON.stringify(ends),
  }
  connection.prepare(replaceHead).run(...headColumns.map(([member]) => values[member]))
}

/** Members of what is stored of a key, and their columns. */
const headColumns = [
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

/** Columns that a list of keys needs; the bulky ones stand behind them. */
export const listedColumns: readonly (readonly [keyof ParkedHead, string])[] = headColumns.slice(0, -4)

const names = headColumns.map(([, column]) => column)
const selectHead = `select ${names.join(', ')} from ew_parked_keys where consumer = ? and key = ?`
const replaceHead = `
  insert into ew_parked_keys (${names.join(', ')}) values (${names.map(() => '?').join(', ')})
  on conflict (consumer, key) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`
const addWaiting =
  'insert into ew_parked_events (consumer, key, position, raw) values (?, ?, ?, ?) on conflict do nothing'

/** Takes one message away from what waits for a key. */
export const removeWaiting = 'delete from ew_parked_events where consumer = ? and key = ? and position = ?'
const newHandlers =
  'update ew_parked_keys set vain_replays = 0, handlers = ? where consumer = ? and bucket = ? and handlers <> ?'

function attempts(text: unknown): readonly ParkedAttempt[] {
  return JSON.parse(text as string) as readonly ParkedAttempt[]
}
