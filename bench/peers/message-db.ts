import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { perSecond } from '../store/in-flight.ts'
import { contents } from '../store/messages.ts'
import { orderIds } from '../store/orders.ts'
import { poolSize } from '../store/place.ts'
import { nextId as newId } from '../store/raw-event.ts'
import type { Variant } from '../variant.ts'

const folder = join(import.meta.dirname, 'node_modules/@eventide/message-db/database')
// In the order of its install.sh; role and rights are left out, since a role belongs to the whole server.
const files = [
  'schema/message-store',
  'extensions/pgcrypto',
  'tables/messages',
  'types/message',
  ...['hash-64', 'acquire-lock', 'category', 'is-category', 'id', 'cardinal-id', 'stream-version', 'write-message'].map(
    (name) => `functions/${name}`,
  ),
  ...['id', 'stream', 'category'].map((name) => `indexes/messages-${name}`),
]
const write = {
  name: 'write',
  text: 'select message_store.write_message($1, $2, $3, $4, $5, $6)',
}

/** message-db's own SQL through `pg`: one transaction per append; all streams are of one category, as those of one kind are. */
export async function open(_: string, options: { store: string; callers: number }): Promise<Variant> {
  const pool = new pg.Pool({
    connectionString: options.store,
    max: poolSize,
    options: '-c search_path=message_store,public -c client_min_messages=warning',
  })
  for (const file of files) await pool.query(readFileSync(join(folder, `${file}.sql`), 'utf8'))
  const nextOrder = orderIds()
  let appended = 0
  const append = async (): Promise<void> => {
    const id = newId(Date.now())
    const data = JSON.stringify(contents[appended++ % contents.length])
    const meta = `{"causationId":"${id}","correlationId":"${id}"}`
    const values = [id, `order-${nextOrder()}`, 'OrderPlaced', data, meta, -1]
    const { rows } = await pool.query({ ...write, values, rowMode: 'array' })
    if (rows[0]![0] !== '0') throw new Error(`A first event got position ${rows[0]![0]}.`)
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(options.callers, forMs, append) }),
    async close() {
      const { rows } = await pool.query('select count(*)::int as count from message_store.messages')
      await pool.end()
      if (rows[0].count !== appended) throw new Error(`${appended} appends, and ${rows[0].count} messages are there.`)
    },
  }
}
