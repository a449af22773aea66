import { start, type StoreAdapter } from 'eventwright'
import { storeAt } from '../store/place.ts'
import { connections } from '../store/postgres/connections.ts'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { Course } from './course.ts'
import { assertInbox, makeReaderTables } from './inbox-rows.ts'
import { group, parcels } from './parcels.ts'

interface Options extends BrokerOptions {
  readonly store: string
  readonly messages: number
}

/**
 * Starts the system anew for each measurement and lets its subscription read the whole channel, from its first message.
 * The handler writes nothing, so what is committed are the rows of the inbox and the positions.
 */
export async function open(_: string, options: Options): Promise<Variant> {
  const { store, messages } = options
  await makeReaderTables(store)
  const pool = await connections(store, 1)
  return {
    async measure() {
      await pool.query('truncate eventwright.ew_inbox')
      await pool.query('update eventwright.ew_ownership set position = 0 where consumer = $1', [group])
      let heard = 0
      const course = new Course(messages)
      const running = await start(
        parcels(() => void heard++),
        { store: watched(storeAt(store), course), broker: brokerAt(options), services: ['readers'] },
      )
      try {
        const measured = await course.end
        if (heard !== messages) throw new Error(`The handler was called ${heard} times, not ${messages}.`)
        return measured
      } finally {
        await running.stop()
      }
    },
    async close() {
      await pool.end()
      await assertInbox(store, group, messages)
    },
  }
}

/** A store of which it is seen how many rows of the inbox it has taken. */
function watched(inner: StoreAdapter, course: Course): StoreAdapter {
  return {
    ...inner,
    async open(parts) {
      const store = await inner.open(parts)
      return {
        ...store,
        async commit(units) {
          const outcomes = await store.commit(units)
          for (const [index, { inbox = [] }] of units.entries()) if (outcomes[index]!.ok) course.did(inbox.length)
          return outcomes
        },
      }
    },
  }
}
