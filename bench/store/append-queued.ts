import { sqlite } from 'eventwright/sqlite'
import { queuedStore } from 'eventwright/testing'
import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { perSecond } from './in-flight.ts'
import { orderData, orderIds, OrderPlaced } from './orders.ts'
import { assertWhole } from './whole.ts'

/** Appends through the commit queue: constructor with validation, encoding, queue, SQLite. */
export async function open(folder: string, options: { callers?: number; batchUnits?: number }): Promise<Variant> {
  const file = join(folder, 'orders.db')
  const { callers = 64, batchUnits } = options
  const queued = await queuedStore(sqlite(file), { limits: batchUnits === undefined ? {} : { batchUnits } })
  const nextId = orderIds()
  let appended = 0
  const append = async (): Promise<void> => {
    const id = nextId()
    const outcome = await queued.append(`Order/${id}`, [OrderPlaced(orderData(id, appended++))], 'noStream')
    if (!outcome.ok || outcome.appends[0]!.version !== 1)
      throw new Error(`${id} was not appended: ${JSON.stringify(outcome)}.`)
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(callers, forMs, append) }),
    async close() {
      await queued.close()
      await assertWhole(file, appended)
    },
  }
}
