import { start } from 'eventwright'
import { storeAt } from '../store/place.ts'
import { connections } from '../store/postgres/connections.ts'
import { parcels } from './parcels.ts'

/** Lets our adapter make the tables for what is written by hand, so that they cannot differ. */
export async function makeReaderTables(store: string): Promise<void> {
  const system = parcels(() => undefined)
  await (await start(system, { store: storeAt(store), services: ['readers'] })).stop()
}

const counted = `
  select (select count(*)::int from eventwright.ew_inbox where consumer = $1) as inbox,
         (select sum(position)::int from eventwright.ew_ownership
           where consumer = $1 and source = 'placed') as positions`

/** Rejects unless a consumer has so many rows in the inbox, and its positions in the topic say the same. */
export async function assertInbox(store: string, consumer: string, messages: number): Promise<void> {
  const pool = await connections(store, 1)
  try {
    const { inbox, positions } = (await pool.query(counted, [consumer])).rows[0]
    if (inbox !== messages || positions !== messages)
      throw new Error(`${messages} messages were read; ${inbox} are in the inbox, and the positions say ${positions}.`)
  } finally {
    await pool.end()
  }
}

/** The same where nothing says how far a queue was read. */
export async function assertInboxRows(store: string, consumer: string, messages: number): Promise<void> {
  const pool = await connections(store, 1)
  try {
    const { inbox } = (await pool.query(counted, [consumer])).rows[0]
    if (inbox !== messages) throw new Error(`${messages} messages were read, and ${inbox} are in the inbox.`)
  } finally {
    await pool.end()
  }
}
