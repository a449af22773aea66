import pg from 'pg'
import { perSecond } from '../store/in-flight.ts'
import { orderData, orderIds } from '../store/orders.ts'
import { poolSize } from '../store/place.ts'
import { readingStreams } from '../store/reading.ts'
import type { Variant } from '../variant.ts'

/** The part of Emmett's PostgreSQL package that is used here. */
interface EmmettPostgres {
  getPostgreSQLEventStore(url: string, options: { connectionOptions: { pool: pg.Pool } }): EmmettStore
}

interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly object[],
    options?: { readonly expectedStreamVersion?: 'STREAM_DOES_NOT_EXIST' },
  ): Promise<{ readonly nextExpectedStreamVersion: bigint }>
  readStream(stream: string): Promise<{ readonly events: readonly { readonly data: ReturnType<typeof orderData> }[] }>
  close(): Promise<void>
}

// Not a literal: the package is installed by the bench, so neither the compiler nor the check of imports may ask for
// it.
const packageName: string = '@event-driven-io/emmett-postgresql'

interface Options {
  readonly store: string
  readonly callers?: number
  /** With streams it reads instead: so many, which it fills first. */
  readonly streams?: number
  readonly events?: number
}

/**
 * Emmett's PostgreSQL event store through its public API, on a pool of 20 connections. It changes the parsers of `pg` for
 * the whole process.
 */
export async function open(_: string, { store: url, callers = 1, streams = 0, events = 0 }: Options): Promise<Variant> {
  const emmett = (await import(packageName)) as EmmettPostgres
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  const store = emmett.getPostgreSQLEventStore(url, { connectionOptions: { pool } })
  const nextId = orderIds()
  let appended = 0
  const event = (id: string): object => ({ type: 'OrderPlaced', data: orderData(id, appended++) })
  const append = async (): Promise<void> => {
    const id = nextId()
    const options = { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' } as const
    const { nextExpectedStreamVersion } = await store.appendToStream(`Order-${id}`, [event(id)], options)
    if (Number(nextExpectedStreamVersion) !== 1) throw new Error(`Order-${id} is at ${nextExpectedStreamVersion}.`)
  }
  for (let n = 0; n < streams; n++) {
    const batch = Array.from({ length: events }, () => event(`stream-${n}`))
    await store.appendToStream(`Order/stream-${n}`, batch)
  }
  const read = async (stream: string): Promise<{ events: number; pieces: number }> => {
    const found = (await store.readStream(stream)).events
    let pieces = 0
    for (const { data } of found) pieces += data.items[0]!.quantity
    return { events: found.length, pieces }
  }
  return {
    measure:
      streams > 0
        ? readingStreams({ streams, events }, read)
        : async (forMs) => ({ value: await perSecond(callers, forMs, append) }),
    async close() {
      const { rows } = await pool.query('select count(*)::int as count from emt_messages')
      await store.close()
      await pool.end()
      if (rows[0].count !== appended)
        throw new Error(`${appended} events were acknowledged, and the database holds ${rows[0].count}.`)
    },
  }
}
