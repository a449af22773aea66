import type { Append, Committed, Unit } from '../../ports/unit-of-work.ts'
import type { Statements } from './driver.ts'
import { eventJson } from './event-json.ts'
import type { Listeners } from './listen.ts'

/** How the stream takes the events; each answers its version before, or nothing where the expectation fails. */
const streams = {
  noStream: `
    insert into ew_streams as m (version, stream, part, hash) values (?, ?, ?, ?)
    on conflict (stream) do update set version = excluded.version, part = excluded.part where m.version = 0
    returning 0::bigint as base`,
  any: `
    insert into ew_streams as m (version, stream, part, hash) values (?, ?, ?, ?)
    on conflict (stream) do update set version = m.version + excluded.version, part = excluded.part
      where m.version = 0 or m.part = excluded.part
    returning m.version - ? as base`,
  streamExists: `
    update ew_streams m set version = m.version + ? where m.stream = ? and m.part = ? and m.version > 0
    returning m.version - ? as base`,
  exact: `
    update ew_streams m set version = m.version + ? where m.stream = ? and m.part = ? and m.version = ?
    returning m.version - ? as base`,
} as const

const statement = (stream: string): string => `
  with stream as (${stream}),
  head as (
    update ew_head m set position = m.position + ? where m.part = ? and exists (select 1 from stream)
    returning m.position - ? as before),
  written as (
    insert into ew_events (
      position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)
    select h.before + x.k, s.base + x.k, x.o, n.at, x.c, x.i, x.v, ?::smallint, ?::text, x.t, x.d, x.m
      from stream s, head h, (select ew_now() at) n,
           json_to_recordset(?::json) as x(k int, i uuid, t text, v int, d json, m json, c bigint, o bigint))
  select s.base, h.before, ew_now(),
         (select pg_notify(w.c, w.o) from (values (?::text, ?::text)) as w (c, o) where w.c is not null)
    from stream s, head h`

const texts = {
  noStream: statement(streams.noStream),
  any: statement(streams.any),
  streamExists: statement(streams.streamExists),
  exact: statement(streams.exact),
}

/** The append of a unit that holds nothing else; undefined for every other unit. */
export function soleAppend(unit: Unit): Append | undefined {
  const [append, more] = unit.appends ?? []
  if (append === undefined || more !== undefined || append.events.length === 0) return undefined
  for (const [section, content] of Object.entries(unit))
    if (section !== 'appends' && content !== undefined && content.length > 0) return undefined
  return append
}

/**
 * Commits events of one stream by one plain statement, which takes half the time of the function that can do
 * everything: it matters where little is in flight. It takes the same locks in the same order. Undefined when the
 * expectation has failed, with nothing written; the function then says what was found.
 */
export async function commitSingle(
  statements: Statements,
  append: Append,
  listeners: Listeners,
): Promise<{ readonly outcome: Committed; readonly nowMs: number } | undefined> {
  const { stream, hash, partition, events } = append
  const count = events.length
  const way = typeof append.expected === 'number' ? (append.expected === 0 ? 'noStream' : 'exact') : append.expected
  const own = {
    noStream: [count, stream, partition, hash],
    any: [count, stream, partition, hash, count],
    streamExists: [count, stream, partition, count],
    exact: [count, stream, partition, append.expected as number, count],
  }[way]
  const json = `[${events.map((event, index) => eventJson(event, index + 1)).join()}]`
  const rest = [count, partition, count, partition, stream, json, listeners.channel(), listeners.origin]
  const [row] = await statements.all(texts[way], ...own, ...rest)
  if (row === undefined) return undefined
  const [base, before, nowMs] = row as [number, number, number]
  return { outcome: { ok: true, appends: [{ version: base + count, position: before + count }] }, nowMs }
}
