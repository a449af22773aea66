import { appendsOnly, type Append, type Committed, type Unit } from '../../ports/unit-of-work.ts'
import type { NewEvent } from '../../ports/stored-event.ts'
import type { Statements } from './driver.ts'
import { checkedId } from './event-columns.ts'
import type { Audience } from './listen.ts'
import type { Parameter } from './prepared-call.ts'

/**
 * How the stream takes the event; each answers its version then, or nothing where the expectation fails. A new stream
 * that is there violates `ew_streams_pkey`: to be ready for that would cost as much again as the stream.
 */
const streams = {
  noStream: 'insert into ew_streams as m (version, stream, part, hash) values (1, ?, ?, ?) returning m.version',
  any: `
    insert into ew_streams as m (version, stream, part, hash) values (1, ?, ?, ?)
    on conflict (stream) do update set version = m.version + 1, part = excluded.part
      where m.version = 0 or m.part = excluded.part
    returning m.version`,
  streamExists: `
    update ew_streams m set version = m.version + 1 where m.stream = ? and m.part = ? and m.version > 0
    returning m.version`,
  exact: `
    update ew_streams m set version = m.version + 1 where m.stream = ? and m.part = ? and m.version = ?
    returning m.version`,
} as const

// The head row is moved from the stream, so that it is locked behind it, as the function does.
const statement = (stream: string, notify = ''): string => `
  with stream as (${stream}),
  head as (
    update ew_head m set position = m.position + 1 from stream s where m.part = ? returning m.position, s.version)
  insert into ew_events (
    position, version, recorded_at, part, stream, id, type, schema_version, checksum, occurred_at, data, meta)
  select position, version, ew_now(), ?, ?, ?, ?, ?, ?, ?, ?, ? from head
  returning version, position, recorded_at${notify}`

const quiet = mapped((stream) => statement(stream))
const told = mapped((stream) => statement(stream, ', pg_notify(?, ?)'))

function mapped(text: (stream: string) => string): Readonly<Record<keyof typeof streams, string>> {
  const { noStream, any, streamExists, exact } = streams
  return { noStream: text(noStream), any: text(any), streamExists: text(streamExists), exact: text(exact) }
}

/** A unit that is one event and nothing else. */
export interface Single {
  readonly append: Append
  readonly event: NewEvent
}

/** The event of a unit that holds nothing else; undefined for every other unit. */
export function singleEvent(unit: Unit): Single | undefined {
  const [append, more] = appendsOnly(unit) ? unit.appends! : []
  if (append === undefined || more !== undefined || append.events.length !== 1) return undefined
  return { append, event: append.events[0]! }
}

/** What a stream is taken by. */
function taking(way: keyof typeof streams, { stream, partition, hash, expected }: Append): readonly Parameter[] {
  if (way === 'streamExists') return [stream, partition]
  return [stream, partition, way === 'exact' ? (expected as number) : hash]
}

/**
 * Commits an event by one plain statement, which takes half the time of the function that can do everything: it matters
 * where little is in flight. It takes the same locks in the same order. Undefined when the expectation has failed, with
 * nothing written; the function then says what was found. Where a new stream is there the database refuses it:
 * constraint `ew_streams_pkey`.
 */
export async function commitSingle(
  statements: Statements,
  { append, event }: Single,
  listeners: Audience,
): Promise<(Committed & { readonly recordedAtMs: number }) | undefined> {
  const { stream, partition, expected } = append
  const way = typeof expected === 'number' ? (expected === 0 ? 'noStream' : 'exact') : expected
  const { id, type, schemaVersion, checksum, occurredAtMs, data, meta } = event
  const content = [checkedId(id), type, schemaVersion, checksum, occurredAtMs, data, meta]
  const channel = listeners.channel()
  const parameters = [...taking(way, append), partition, partition, stream, ...content]
  const [row] =
    channel === null
      ? await statements.all(quiet[way], ...parameters)
      : await statements.all(told[way], ...parameters, channel, listeners.origin)
  if (row === undefined) return undefined
  const [version, position, recordedAtMs] = row as [number, number, number]
  return { ok: true, appends: [{ version, position }], recordedAtMs }
}
