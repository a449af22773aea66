import type { DeadLetter, ParkedPage, ParkedTable } from '../../ports/parked.ts'
import { conditions } from './conditions.ts'
import { readActions } from './parked-actions.ts'
import { eraseCopies, readCopies } from './parked-copies.ts'
import { discardHeads, editHead } from './parked-edits.ts'
import { headOf, keyOf, selectKeys, selectLetter, selectSummaries, summaryOf } from './parked-heads.ts'
import { step, type SqlDatabase, type SqlRows, type SqlSteps } from './statements.ts'

/** Reads of what is parked, and what is done to heads that are not being replayed. */
export function parkedTable(database: SqlDatabase): ParkedTable {
  const { textsOf } = database
  const among = `
    select key from ew_parked_keys where consumer = ? and key in (${textsOf})
    union select key from ew_parked_actions where consumer = ? and kind = 'discarded' and key in (${textsOf})`
  const resume = `
    with chosen as (
      select key from ew_parked_keys where consumer = ? and key in (${textsOf}) and vain_replays < cast(? as bigint)
      order by key${database.locks.rows})
    update ew_parked_keys set resuming = 1 where consumer = ? and key in (select key from chosen) returning key`
  const rowsOf = (select: string, { consumer, code, type, after, limit }: ParkedPage): Promise<SqlRows> => {
    const where = conditions([
      ['consumer = ?', consumer],
      ['code = ?', code],
      ['type = ?', type],
      ['(consumer, key) > (?, ?)', after?.consumer, after?.key],
    ])
    return database.all(`${select}${where.sql} order by consumer, key limit ?`, ...where.values, limit)
  }
  return {
    list: async (page) => (await rowsOf(selectKeys, page)).map(keyOf),
    summaries: async (page) => (await rowsOf(selectSummaries, page)).map(summaryOf),
    async counts(consumer) {
      const where = conditions([['consumer = ?', consumer]])
      const sql = `select consumer, code, type, count(*) from ew_parked_keys${where.sql}
        group by consumer, code, type order by consumer, code, type nulls first`
      return (await database.all(sql, ...where.values)).map(([name, code, type, many]) => {
        return { consumer: name as string, code: code as string, type: type as string | null, count: many as number }
      })
    },
    async get(consumer, key) {
      const [row] = await database.all(selectLetter, consumer, key)
      if (row === undefined) return undefined
      const [waiting, raw] = row.slice(-2) as [number, string | null]
      return { ...headOf(row), waiting, ...(raw !== null && { raw }) } satisfies DeadLetter
    },
    async among(consumer, keys) {
      if (keys.length === 0) return new Set()
      // Mostly nothing is parked, and many keys cost more than the question.
      if (keys.length > 1 && (await database.all(isAny, consumer, consumer)).length === 0) return new Set()
      const list = JSON.stringify(keys)
      return textsIn(await database.all(among, consumer, list, consumer, list))
    },
    async count(consumer) {
      const [row] = await database.all('select count(*) from ew_parked_keys where consumer = ?', consumer)
      return row![0] as number
    },
    async waiting(consumer, key, limit) {
      const rows = (await database.all(waiting, consumer, key, limit)) as [number, string | null][]
      return rows.map(([position, raw]) => (raw === null ? { position } : { position, raw }))
    },
    async resume(consumer, keys, vainReplaysBelow) {
      const below = Math.min(vainReplaysBelow, Number.MAX_SAFE_INTEGER)
      return textsIn(await database.all(resume, consumer, JSON.stringify(keys), below, consumer))
    },
    async resuming(consumer, { bucket, limit }) {
      const where = conditions([
        ['consumer = ?', consumer],
        ['bucket = ?', bucket],
      ])
      const sql = `select key from ew_parked_keys${where.sql} and resuming = 1 order by key limit ?`
      return (await database.all(sql, ...where.values, limit)).map(([key]) => key as string)
    },
    edit: (...edit) => database.transaction(editHead(database, ...edit)),
    discard: (...discard) => database.transaction(discardHeads(database, ...discard)),
    forget: (consumer) => database.transaction(forgetConsumer(consumer)),
    copies: (page) => readCopies(database, page),
    erase: (erasure) => database.transaction(eraseCopies(erasure)),
    actions: (page) => readActions(database, page),
  }
}

const isAny = `
  select 1 where exists (select 1 from ew_parked_keys where consumer = ?)
  or exists (select 1 from ew_parked_actions where consumer = ?)`

const waiting = 'select position, raw from ew_parked_events where consumer = ? and key = ? order by position limit ?'

/** Deletes all that is parked by a consumer. */
export function* forgetConsumer(consumer: string): SqlSteps<void> {
  yield* step('delete from ew_parked_events where consumer = ?', consumer)
  yield* step('delete from ew_parked_keys where consumer = ?', consumer)
}

function textsIn(rows: readonly (readonly unknown[])[]): ReadonlySet<string> {
  return new Set(rows.map(([text]) => text as string))
}
