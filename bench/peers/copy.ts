import { pipeline } from 'node:stream/promises'
import { Readable, type Writable } from 'node:stream'
import pg, { type Submittable } from 'pg'
import { contents } from '../store/messages.ts'
import { orderIds } from '../store/orders.ts'
import { rawEvent } from '../store/raw-event.ts'
import { makeTables } from '../store/tables.ts'
import { assertWhole } from '../store/whole.ts'
import type { Variant } from '../variant.ts'

const streamsOfCopy = 50

// Not a literal: the package is installed by the bench, so neither the compiler nor the check of imports may ask for
// it.
const packageName: string = 'pg-copy-streams'

/**
 * COPY into the same tables with the same indexes, 50 streams at a time: the streams, the events and the head in one
 * transaction, the next text being made while the server takes the last one.
 */
export async function open(_: string, options: { store: string; events: number }): Promise<Variant> {
  const { from } = (await import(packageName)) as { from(sql: string): Writable & Submittable }
  await makeTables(options.store)
  const client = new pg.Client({ connectionString: options.store })
  await client.connect()
  const nextId = orderIds()
  let position = 0
  const copy = async (): Promise<void> => {
    const streams = Array.from({ length: streamsOfCopy }, () => `Order/${nextId()}`)
    const into = (columns: string, lines: Iterable<string>): Promise<void> =>
      pipeline(Readable.from(lines), client.query(from(`copy eventwright.${columns} from stdin`)))
    await client.query('begin')
    await into('ew_streams (stream, version, part, hash)', streamLines(streams, options.events))
    await into(
      'ew_events (position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)',
      eventLines(streams, options.events, position),
    )
    position += streams.length * options.events
    await client.query(`update eventwright.ew_head set position = ${position} where part = 0`)
    await client.query('commit')
  }
  return {
    async measure(forMs) {
      const before = position
      const begun = performance.now()
      while (performance.now() < begun + forMs) await copy()
      return { value: ((position - before) * 1000) / (performance.now() - begun) }
    },
    async close() {
      await client.end()
      await assertWhole(options.store, position)
    },
  }
}

function* streamLines(streams: readonly string[], events: number): Iterable<string> {
  for (const stream of streams) yield `${stream}\t${events}\t0\t${rawEvent(stream, '', '', 0).hash}\n`
}

/** One chunk a stream. */
function* eventLines(streams: readonly string[], events: number, after: number): Iterable<string> {
  let position = after
  for (const each of streams) {
    let lines = ''
    for (let version = 1; version <= events; version++) {
      const now = Date.now()
      const data = contents[position++ % contents.length]
      const { stream, checksum, id, text, meta } = rawEvent(each, 'OrderPlaced', data, now)
      lines +=
        `${position}\t${version}\t${now}\t${now}\t${checksum}\t${id}\t1\t0\t${stream}\tOrderPlaced\t` +
        `${escaped(text)}\t${escaped(meta)}\n`
    }
    yield lines
  }
}

function escaped(json: string): string {
  return json.replaceAll('\\', '\\\\')
}
