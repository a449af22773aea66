import type { Variant } from '../../variant.ts'
import { foldingLog, pageEvents } from '../folding.ts'
import { connections, rowsOf } from './connections.ts'

const page = {
  name: 'page',
  text:
    'select position, version, id, type, schema_version, occurred_at, recorded_at, checksum, deleted, ' +
    'data::text, meta::text, stream from eventwright.ew_events where part = 0 and position > $1 ' +
    `order by part, position limit ${pageEvents}`,
}

/** Reads the log of the other side in pages as arrays and folds it. */
export async function open(_: string, options: { filled: string; events: number }): Promise<Variant> {
  const pool = await connections(options.filled, 1)
  return {
    measure: foldingLog(options.events, { position: 0, occurredAt: 5, data: 9 }, (after) =>
      rowsOf(pool, page, [after]),
    ),
    close: () => pool.end(),
  }
}
