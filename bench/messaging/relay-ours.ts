import { start, type BrokerAdapter } from 'eventwright'
import { connections } from '../store/postgres/connections.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { Course } from './course.ts'
import { parcels, relay } from './parcels.ts'
import { assertHolds } from './topic.ts'

interface Options extends BrokerOptions {
  readonly store: string
  readonly events: number
}

/** Starts the system anew for each measurement and lets it relay the whole log, from its first event. */
export async function open(_: string, options: Options): Promise<Variant> {
  const { store, events } = options
  let relayed = 0
  return {
    async measure() {
      await rewind(store)
      const course = new Course(events)
      const running = await start(
        parcels(() => undefined),
        { store: storeAt(store), broker: watched(brokerAt(options), course), services: ['orders'] },
      )
      try {
        const measured = await course.end
        await running.caughtUp({ timeoutMs: 30_000 })
        relayed += events
        return measured
      } finally {
        await running.stop()
      }
    },
    async close() {
      const stands = await positionOf(store)
      if (stands !== events) throw new Error(`${events} events were relayed, and the position is ${stands}.`)
      await assertHolds(options, relayed)
    },
  }
}

/** A broker of which it is seen what it has taken. */
function watched(inner: BrokerAdapter, course: Course): BrokerAdapter {
  return {
    ...inner,
    async open(parts) {
      const broker = await inner.open(parts)
      const publish = broker.publish.bind(broker)
      broker.publish = async (messages) => {
        const outcomes = await publish(messages)
        if (outcomes.some(({ kind }) => kind !== 'ok')) throw new Error('A message was refused.')
        course.did(messages.length)
        return outcomes
      }
      return broker
    },
  }
}

async function rewind(store: string): Promise<void> {
  await asked(store, `update eventwright.ew_ownership set position = 0 where consumer = '${relay}'`).catch(
    (error: unknown) => {
      // Before the first start there is no table.
      if ((error as { code?: string }).code !== '42P01') throw error
    },
  )
}

async function positionOf(store: string): Promise<number> {
  const [row] = await asked(
    store,
    `select min(position)::int as position from eventwright.ew_ownership where consumer = '${relay}'`,
  )
  return row!['position'] as number
}

async function asked(store: string, sql: string): Promise<Record<string, unknown>[]> {
  const pool = await connections(store, 1)
  try {
    return (await pool.query(sql)).rows
  } finally {
    await pool.end()
  }
}
