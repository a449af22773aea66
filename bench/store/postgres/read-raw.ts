import type { Variant } from '../../variant.ts'
import { readingStreams, seenIn } from '../reading.ts'
import { connections, rowsOf } from './connections.ts'

const events = {
  name: 'events',
  text:
    'select position, version, id, type, schema_version, occurred_at, recorded_at, checksum, deleted, ' +
    'data::text, meta::text from eventwright.ew_events where stream = $1 order by version',
}

/** Reads the streams of the other side with one prepared statement that answers arrays, and `JSON.parse` of the data. */
export async function open(_: string, options: { filled: string; streams: number; events: number }): Promise<Variant> {
  const pool = await connections(options.filled, 1)
  return {
    measure: readingStreams(options, async (stream) => seenIn(await rowsOf(pool, events, [stream]), 9)),
    close: () => pool.end(),
  }
}
