import { join } from 'node:path'
import { orderData, orderIds } from '../store/orders.ts'
import { perSecond } from '../store/in-flight.ts'
import type { Variant } from '../variant.ts'

/** The part of Emmett's SQLite package that is used here. */
interface EmmettSqlite {
  sqliteConnection(options: { fileName: string }): EmmettConnection
  SQLiteConnectionPool(options: { fileName: string; connectionOptions?: object }): object
  getSQLiteEventStore(options: { fileName: string; pool?: object }): EmmettStore
}

interface EmmettConnection {
  querySingle<T>(sql: string): Promise<T | null>
}

interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly object[],
    options?: object,
  ): Promise<{ readonly nextExpectedStreamVersion: bigint }>
  readStream(stream: string): Promise<{ readonly events: readonly unknown[] }>
}

// Not a literal: the package is installed by the bench, so neither the compiler nor the check of imports may ask for
// it.
const packageName: string = '@event-driven-io/emmett-sqlite'

/**
 * Emmett's SQLite event store with its own settings (WAL, synchronous FULL), on one connection that is kept, the faster
 * of its ways. Its appends stand in line: two at once on one connection would share a transaction, and the first would
 * be acknowledged before it is committed; on connections of their own all but one fail, since it sets no busy timeout.
 */
export async function open(folder: string, options: { callers?: number }): Promise<Variant> {
  const emmett = (await import(packageName)) as EmmettSqlite
  const fileName = join(folder, 'orders.db')
  const connection = emmett.sqliteConnection({ fileName })
  const pool = emmett.SQLiteConnectionPool({ fileName, connectionOptions: { singleton: true, connection } })
  const store = emmett.getSQLiteEventStore({ fileName, pool })
  const nextId = orderIds()
  let appended = 0
  let line: Promise<unknown> = Promise.resolve()
  const append = (): Promise<unknown> => {
    const id = nextId()
    const event = { type: 'OrderPlaced', data: orderData(id, appended++) }
    const turn = line.then(() => store.appendToStream(`Order-${id}`, [event]))
    line = turn
    return turn
  }
  return {
    async measure(forMs) {
      const value = await perSecond(options.callers ?? 64, forMs, append)
      const mode = await connection.querySingle<{ synchronous: number }>('pragma synchronous')
      const version = await connection.querySingle<{ version: string }>('select sqlite_version() as version')
      return { value, details: { 'its synchronous': mode?.synchronous ?? '?', 'its SQLite': version?.version ?? '?' } }
    },
    async close() {
      const count = await connection.querySingle<{ count: number }>('select count(*) as count from emt_messages')
      if (count?.count !== appended)
        throw new Error(`${appended} events were acknowledged, and the file holds ${count?.count}.`)
    },
  }
}
