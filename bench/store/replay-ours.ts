import { start } from 'eventwright'
import type { Variant } from '../variant.ts'
import { MemoryWatch } from './memory-watch.ts'
import { ordersWithView } from './orders.ts'
import { storeAt } from './place.ts'

/** Feeds a new view from the whole log; starting a system waits for its new views. */
export async function open(_: string, options: { store: string; events: number }): Promise<Variant> {
  const { store, events } = options
  let views = 0
  return {
    async measure() {
      const memory = new MemoryWatch()
      const begun = performance.now()
      const running = await start(ordersWithView(`customers_${++views}`), { store: storeAt(store) })
      await running.caughtUp()
      const ms = performance.now() - begun
      const seen = memory.end()
      const rows = await running.views[`customers_${views}`]!.find({}, {})
      const orders = rows.reduce((sum, row) => sum + row.orders, 0)
      await running.stop()
      if (orders !== events) throw new Error(`The view counts ${orders} of ${events} events.`)
      return { value: (events * 1000) / ms, details: { rows: rows.length, ...seen } }
    },
    async close() {},
  }
}
