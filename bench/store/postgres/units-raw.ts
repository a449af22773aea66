import type { Variant } from '../../variant.ts'
import { perSecond } from '../in-flight.ts'
import { poolSize } from '../place.ts'
import { rawEvent, type RawEvent } from '../raw-event.ts'
import { makeTables } from '../tables.ts'
import { assertWhole } from '../whole.ts'
import { connections, rowsOf, type Named } from './connections.ts'
import { itemsOf } from './units.ts'

// Streams are locked in one order, before the head row, so that units never wait for each other in a circle.
export const takeAll: Named = {
  name: 'takeAll',
  text: `
    with moved as (
        insert into eventwright.ew_streams (stream, version, part, hash)
        select stream, 1, 0, hash from unnest($1::text[], $2::int[]) as given (stream, hash) order by stream collate "C"
        on conflict (stream) do update set version = ew_streams.version + 1
        returning stream, version),
      head as (
        update eventwright.ew_head set position = position + (select count(*) from moved) where part = 0
        returning position)
    insert into eventwright.ew_events
      (position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)
    select head.position - given.no + 1, version, $3, $3, checksum, id, 1, 0, stream, 'Taken', data, meta
    from unnest($1::text[], $4::bigint[], $5::uuid[], $6::json[], $7::json[])
      with ordinality as given (stream, checksum, id, data, meta, no)
      join moved using (stream) cross join head
    returning version`,
}

/** The same units with hand-written SQL through `pg`: one transaction of one round trip for each. */
export async function open(_: string, options: { store: string; callers: number }): Promise<Variant> {
  await makeTables(options.store)
  const pool = await connections(options.store, Math.min(options.callers, poolSize))
  let n = 0
  let written = 0
  const unit = async (): Promise<void> => {
    const now = Date.now()
    const events = itemsOf(n++).map((item) => rawEvent(`Stock/${item.sku}`, 'Taken', item, now))
    const rows = await rowsOf(pool, takeAll, parametersOf(events, now))
    if (rows.length !== events.length) throw new Error(`A unit wrote ${rows.length} of ${events.length} events.`)
    written += rows.length
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(options.callers, forMs, unit) }),
    async close() {
      await pool.end()
      await assertWhole(options.store, written)
    },
  }
}

/** The parameters of `takeAll`. */
export function parametersOf(events: readonly RawEvent[], now: number): unknown[] {
  return [
    events.map(({ stream }) => stream),
    events.map(({ hash }) => hash),
    now,
    events.map(({ checksum }) => checksum),
    events.map(({ id }) => id),
    events.map(({ text }) => text),
    events.map(({ meta }) => meta),
  ]
}
