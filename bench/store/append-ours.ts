import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { perSecond } from './in-flight.ts'
import { Order, orderData, orderIds, OrderPlaced, orders } from './orders.ts'
import { assertWhole } from './whole.ts'

/** Appends through a running system: constructor, validation, encoding, commit queue, SQLite. */
export async function open(folder: string, options: { callers?: number }): Promise<Variant> {
  const file = join(folder, 'orders.db')
  const running = await start(orders, { store: sqlite(file) })
  const nextId = orderIds()
  let appended = 0
  const append = async (): Promise<void> => {
    const id = nextId()
    const { version } = await running.append(Order, id, [OrderPlaced(orderData(id, appended++))], {
      expected: 'noStream',
    })
    if (version !== 1) throw new Error(`The first event of ${id} got version ${version}.`)
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(options.callers ?? 64, forMs, append) }),
    async close() {
      await running.stop()
      await assertWhole(file, appended)
    },
  }
}
