import type { Partition } from '../../ports/stored-event.ts'
import { appendsOnly, type Append, type Committed, type Unit } from '../../ports/unit-of-work.ts'
import { int4Array, int8Array, textArray } from './binary-array.ts'
import type { Statements } from './driver.ts'
import { EventColumns } from './event-columns.ts'
import type { Audience } from './listen.ts'
import type { Parameter } from './prepared-call.ts'

// All streams are written before the head row is locked, in the order in which the function would lock them: they are
// counted, since a look for the first one would leave the others for later.
const statement = (notify = ''): string => `
  with streams as (
    insert into ew_streams (stream, version, part, hash)
    select x.s, x.n, ?, x.h from unnest(?::text[], ?::bigint[], ?::int[]) x(s, n, h) order by x.s collate "C"
    returning 1),
  head as (
    update ew_head m set position = m.position + ? where m.part = ? and (select count(*) from streams) > 0
    returning m.position - ? as base, ew_now() as now),
  events as (
    insert into ew_events (
      position, version, recorded_at, part, stream, id, type, schema_version, checksum, occurred_at, data, meta)
    select h.base + x.n, x.k, h.now, ?, x.s, x.i, x.t, x.v, x.c, x.o, x.d, x.m
      from head h, unnest(?::text[], ?::int[], ?::uuid[], ?::text[], ?::int[], ?::bigint[], ?::bigint[], ?::json[],
                          ?::json[]) with ordinality x(s, k, i, t, v, c, o, d, m, n))
  select base, now${notify} from head`

const quiet = statement()
const told = statement(', pg_notify(?, ?)')

/** Appends with events to streams that must not be there, each once, in one partition; and nothing else. */
export interface NewStreams {
  readonly units: readonly Unit[]
  readonly partition: Partition
}

/** The batch as new streams; undefined where anything else is in it. */
export function newStreams(units: readonly Unit[]): NewStreams | undefined {
  const partition = units[0]?.appends?.[0]?.partition
  if (partition === undefined) return undefined
  const names = new Set<string>()
  for (const unit of units) {
    if (!appendsOnly(unit)) return undefined
    for (const append of unit.appends!) {
      const { events, stream } = append
      if (!makesStream(append) || append.partition !== partition) return undefined
      if (events.length === 0 || names.has(stream)) return undefined
      names.add(stream)
    }
  }
  return { units, partition }
}

/** Whether the append expects that its stream is not there. */
export function makesStream({ expected }: Append): boolean {
  return expected === 'noStream' || expected === 0
}

/**
 * Commits new streams by one plain statement, which takes three quarters of the time of the function that can do
 * everything. Where one of them is there the database refuses the whole: constraint `ew_streams_pkey`.
 */
export async function commitNewStreams(
  statements: Statements,
  { units, partition }: NewStreams,
  listeners: Audience,
): Promise<readonly (Committed & { readonly recordedAtMs: number })[]> {
  const names: string[] = []
  const counts: number[] = []
  const hashes: number[] = []
  const streams: string[] = []
  const columns = new EventColumns()
  for (const { appends } of units) {
    for (const { stream, hash, events } of appends!) {
      const number = names.push(stream)
      counts.push(events.length)
      hashes.push(hash)
      for (let index = 0; index < events.length; index++) {
        streams.push(stream)
        columns.add(events[index]!, number, index + 1)
      }
    }
  }
  const [, ...events] = columns.parameters()
  const count = streams.length
  const heads = [partition, textArray(names), int8Array(counts), int4Array(hashes), count, partition, count]
  const parameters: Parameter[] = [...heads, partition, textArray(streams), ...events]
  const channel = listeners.channel()
  const rows =
    channel === null
      ? await statements.all(quiet, ...parameters)
      : await statements.all(told, ...parameters, channel, listeners.origin)
  const [base, recordedAtMs] = rows[0] as [number, number]
  return placed(units, base, recordedAtMs)
}

function placed(
  units: readonly Unit[],
  base: number,
  recordedAtMs: number,
): readonly (Committed & { readonly recordedAtMs: number })[] {
  let position = base
  return units.map(({ appends }) => ({
    ok: true,
    recordedAtMs,
    appends: appends!.map(({ events }) => ({ version: events.length, position: (position += events.length) })),
  }))
}
