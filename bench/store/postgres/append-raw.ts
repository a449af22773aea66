import type { Variant } from '../../variant.ts'
import { perSecond } from '../in-flight.ts'
import { contents } from '../messages.ts'
import { orderIds } from '../orders.ts'
import { poolSize } from '../place.ts'
import { rawEvent } from '../raw-event.ts'
import { makeTables } from '../tables.ts'
import { assertWhole } from '../whole.ts'
import { connections, rowsOf } from './connections.ts'

const ordered = {
  name: 'ordered',
  text: `
    with head as (
        update eventwright.ew_head set position = position + 1 where part = 0 returning position),
      stream as (
        insert into eventwright.ew_streams (stream, version, part, hash) values ($1, 1, 0, $2))
    insert into eventwright.ew_events
      (position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)
    select position, 1, $3, $3, $4, $5, 1, 0, $1, 'OrderPlaced', $6, $7 from head
    returning version`,
}
const unordered = {
  name: 'unordered',
  text: `
    insert into eventwright.ew_events
      (position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)
    values (nextval('positions'), 1, $3, $3, $4, $5, $2, 0, $1, 'OrderPlaced', $6, $7)
    returning version`,
}

interface Options {
  readonly store: string
  readonly callers: number
  readonly poolSize?: number
  /** Only one bare INSERT, positions from a sequence: readers of the log could miss events. */
  readonly bare?: boolean
  /** Others append to the same database, so that whoever opens all of them checks it. */
  readonly shared?: boolean
}

/**
 * Appends with hand-written SQL through `pg`: one transaction of one round trip for each append, in the same tables with
 * the same checks. The head row is what makes the log safe to read, and each append holds it until it is on the disk.
 */
export async function open(_: string, options: Options): Promise<Variant> {
  const { store, callers, bare = false, shared = false } = options
  await makeTables(store)
  const pool = await connections(store, Math.min(callers, options.poolSize ?? poolSize))
  if (bare) await pool.query('create sequence positions')
  const nextId = orderIds()
  let appended = 0
  const append = async (): Promise<void> => {
    const now = Date.now()
    const data = contents[appended++ % contents.length]!
    const { stream, hash, checksum, id, text, meta } = rawEvent(`Order/${nextId()}`, 'OrderPlaced', data, now)
    const values = [stream, bare ? 1 : hash, now, checksum, id, text, meta]
    const [row] = await rowsOf(pool, bare ? unordered : ordered, values)
    if (row?.[0] !== '1') throw new Error(`The first event of ${stream} got version ${String(row?.[0])}.`)
  }
  return {
    async measure(forMs) {
      const value = await perSecond(callers, forMs, append)
      return { value, ...(shared && { details: { appended } }) }
    },
    async close() {
      const { rows } = await pool.query('select count(*)::int as count from eventwright.ew_events')
      await pool.end()
      if (shared) return
      if (!bare) await assertWhole(store, appended)
      else if (rows[0].count !== appended)
        throw new Error(`${appended} appends, and ${rows[0].count} events are there.`)
    },
  }
}
