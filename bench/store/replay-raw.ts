import { DatabaseSync } from 'node:sqlite'
import type { Variant } from '../variant.ts'
import { foldingLog, pageEvents } from './folding.ts'

/** Reads the whole log in pages as arrays and folds it. */
export async function open(_: string, options: { store: string; events: number }): Promise<Variant> {
  const database = new DatabaseSync(options.store, { readOnly: true })
  const page = database.prepare(
    'select seq, version, id, type, schema_version, occurred_at, recorded_at, checksum, deleted, data, meta ' +
      `from ew_events where seq > ? order by seq limit ${pageEvents}`,
  )
  page.setReturnArrays(true)
  return {
    measure: foldingLog(
      options.events,
      { position: 0, occurredAt: 5, data: 9 },
      (after) => page.all(after) as unknown as (readonly unknown[])[],
    ),
    async close() {
      database.close()
    },
  }
}
