import { DatabaseSync } from 'node:sqlite'
import type { Variant } from '../variant.ts'
import type { orderData } from './orders.ts'

/** Reads the same streams with one statement that answers arrays, and `JSON.parse` of the data. */
export async function open(_: string, options: { file: string; streams: number; events: number }): Promise<Variant> {
  const database = new DatabaseSync(options.file, { readOnly: true })
  const noOf = database.prepare('select no from ew_streams where stream = ?')
  const events = database.prepare(
    'select seq, version, id, type, schema_version, occurred_at, recorded_at, checksum, deleted, data, meta ' +
      'from ew_events where no = ? order by version',
  )
  events.setReturnArrays(true)
  let next = 0
  const read = (): number => {
    const no = noOf.get(`Order/stream-${next}`)!['no'] as number
    const rows = events.all(no) as unknown as (readonly unknown[])[]
    let pieces = 0
    for (const row of rows) pieces += (JSON.parse(row[9] as string) as ReturnType<typeof orderData>).items[0]!.quantity
    next = (next + 1) % options.streams
    if (rows.length !== options.events || pieces < rows.length) throw new Error(`${rows.length} events were read.`)
    return rows.length
  }
  return {
    async measure(forMs) {
      const begun = performance.now()
      let count = 0
      while (performance.now() < begun + forMs) count += read()
      return { value: (count * 1000) / (performance.now() - begun) }
    },
    async close() {
      database.close()
    },
  }
}
