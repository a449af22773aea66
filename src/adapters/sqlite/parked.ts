import type { DeadLetter, ParkedKey, ParkedOrder, ParkedTable } from '../../ports/parked.ts'
import { editedHead, withoutHead, type ParkedHead } from '../../ports/parked-decision.ts'
import { conditions } from './conditions.ts'
import type { SqliteConnection } from './driver.ts'
import { headOf, listedColumns, putHead, removeWaiting } from './park-writes.ts'
import { addAction, readActions } from './parked-actions.ts'

const countWaiting = '(select count(*) from ew_parked_events e where e.consumer = k.consumer and e.key = k.key)'
const select = `select ${listedColumns.map(([, column]) => column).join(', ')}, ${countWaiting} from ew_parked_keys k`

/** Reads of what is parked, and what is done to heads that are not being replayed. */
export function sqliteParked(connection: SqliteConnection, now: () => number): ParkedTable {
  const count = connection.prepare('select count(*) from ew_parked_keys where consumer = ?')
  const waiting = connection.prepare(
    'select position, raw from ew_parked_events where consumer = ? and key = ? order by position limit ?',
  )
  const nextWaiting = connection.prepare('select min(position) from ew_parked_events where consumer = ? and key = ?')
  const waitingCount = connection.prepare('select count(*) from ew_parked_events where consumer = ? and key = ?')
  const rawAt = connection.prepare('select raw from ew_parked_events where consumer = ? and key = ? and position = ?')
  const setRaw = connection.prepare(
    'update ew_parked_events set raw = ? where consumer = ? and key = ? and position = ?',
  )
  const resume = connection.prepare(
    'update ew_parked_keys set resuming = 1 where consumer = ? and key = ? and vain_replays < ?',
  )
  const isParked = connection.prepare('select 1 from ew_parked_keys where consumer = ? and key = ?')
  const isIncomplete = connection.prepare(
    "select 1 from ew_parked_actions where consumer = ? and key = ? and kind = 'discarded' limit 1",
  )
  const isMarked = (consumer: string, key: string): boolean =>
    (isParked.get(consumer, key) ?? isIncomplete.get(consumer, key)) !== undefined
  const anyParked = connection.prepare('select 1 from ew_parked_keys where consumer = ? limit 1')
  const anyActions = connection.prepare('select 1 from ew_parked_actions where consumer = ? limit 1')
  const raw = (consumer: string, key: string, position: number): string | null =>
    (rawAt.get(consumer, key, position)?.[0] ?? null) as string | null
  const discardOne = (consumer: string, key: string, position: number, order: ParkedOrder): boolean => {
    const head = idleHead(connection, consumer, key, position)
    if (head === undefined) return false
    addAction(connection, 'discarded', head, { ...order, atMs: now(), raw: raw(consumer, key, position) })
    connection.prepare(removeWaiting).run(consumer, key, position)
    const next = nextWaiting.get(consumer, key)?.[0] as number | null
    putHead(connection, withoutHead(head, next ?? undefined, order.why))
    return true
  }
  return {
    async list({ consumer, code, type, after, limit }) {
      const where = conditions([
        ['consumer = ?', consumer],
        ['code = ?', code],
        ['type = ?', type],
        ['(consumer, key) > (?, ?)', after?.consumer, after?.key],
      ])
      const rows = connection.prepare(`${select}${where.sql} order by consumer, key limit ?`)
      return rows.all(...where.values, limit).map(keyOf)
    },
    async counts(consumer) {
      const where = conditions([['consumer = ?', consumer]])
      const rows = connection.prepare(
        `select consumer, code, type, count(*) from ew_parked_keys${where.sql}
         group by consumer, code, type order by consumer, code, type`,
      )
      return rows.all(...where.values).map(([name, code, type, many]) => {
        return { consumer: name as string, code: code as string, type: type as string | null, count: many as number }
      })
    },
    async get(consumer, key) {
      const head = headOf(connection, consumer, key)
      if (head === undefined) return undefined
      const kept = raw(consumer, key, head.position)
      const many = waitingCount.get(consumer, key)?.[0] as number
      return { ...head, waiting: many, ...(kept !== null && { raw: kept }) } satisfies DeadLetter
    },
    async among(consumer, keys) {
      if (keys.length > 1 && (anyParked.get(consumer) ?? anyActions.get(consumer)) === undefined) return new Set()
      return new Set(keys.filter((key) => isMarked(consumer, key)))
    },
    async count(consumer) {
      return count.get(consumer)?.[0] as number
    },
    async waiting(consumer, key, limit) {
      const rows = waiting.all(consumer, key, limit) as [number, string | null][]
      return rows.map(([position, kept]) => (kept === null ? { position } : { position, raw: kept }))
    },
    async resume(consumer, keys, vainReplaysBelow) {
      const below = Math.min(vainReplaysBelow, Number.MAX_SAFE_INTEGER)
      return connection.transaction(() => new Set(keys.filter((key) => resume.run(consumer, key, below) === 1)))
    },
    async resuming(consumer, { bucket, limit }) {
      const where = conditions([
        ['consumer = ?', consumer],
        ['bucket = ?', bucket],
      ])
      const rows = connection.prepare(
        `select key from ew_parked_keys${where.sql} and resuming = 1 order by key limit ?`,
      )
      return rows.all(...where.values, limit).map(([key]) => key as string)
    },
    async edit(consumer, key, position, edited, order) {
      return connection.transaction(() => {
        const head = idleHead(connection, consumer, key, position)
        if (head === undefined) return false
        addAction(connection, 'edited', head, { ...order, atMs: now(), raw: raw(consumer, key, position), edited })
        setRaw.run(edited, consumer, key, position)
        putHead(connection, editedHead(head))
        return true
      })
    },
    async discard(consumer, heads, order) {
      return connection.transaction(
        () =>
          new Set(
            heads.filter(({ key, position }) => discardOne(consumer, key, position, order)).map(({ key }) => key),
          ),
      )
    },
    async forget(consumer) {
      connection.transaction(() => {
        connection.prepare('delete from ew_parked_events where consumer = ?').run(consumer)
        connection.prepare('delete from ew_parked_keys where consumer = ?').run(consumer)
      })
    },
    actions: async (page) => readActions(connection, page),
  }
}

/** The head of a key, where it is the one that is meant and nobody is replaying it. */
function idleHead(
  connection: SqliteConnection,
  consumer: string,
  key: string,
  position: number,
): ParkedHead | undefined {
  const head = headOf(connection, consumer, key)
  return head === undefined || head.resuming || head.position !== position ? undefined : head
}

function keyOf(row: readonly unknown[]): ParkedKey {
  const values = Object.fromEntries(listedColumns.map(([member], index) => [member, row[index]]))
  return { ...(values as unknown as ParkedKey), resuming: values['resuming'] === 1, waiting: row.at(-1) as number }
}
