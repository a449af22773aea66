import { start, systemClock, type Running } from 'eventwright'
import { MemoryWatch } from '../store/memory-watch.ts'
import { ordersWithView } from '../store/orders.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'

const view = 'customers'
const lookEveryMs = 20
/** A view that stands still for so long will not be built any more. */
const patienceMs = 120_000

/** Feeds a new view from the whole log; each measurement waits for a part of it. */
export async function open(_: string, options: { store: string; events: number; parts: number }): Promise<Variant> {
  const { store, events, parts } = options
  const outside = await storeAt(store).open({ clock: systemClock })
  const building: Promise<Running> = start(ordersWithView(view), { store: storeAt(store) }) as never
  let failed: unknown
  building.catch((error: unknown) => (failed = error))
  const positionNow = async (): Promise<number> => {
    const rows = await outside.ownership.list(`view:${view}#1`)
    return rows.length === 0 ? 0 : Math.min(...rows.map(({ position }) => position))
  }
  let [part, position, movedMs, lastMs, value] = [0, 0, performance.now(), performance.now(), 0]
  return {
    async measure() {
      const until = Math.round((events * ++part) / parts)
      const memory = new MemoryWatch()
      const from = position
      while (position < until) {
        if (failed !== undefined) throw failed
        if (performance.now() - movedMs > patienceMs) throw new Error(`The view stands at ${position} of ${events}.`)
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
        const found = await positionNow()
        if (found > position) movedMs = performance.now()
        position = found
      }
      // A part that was over when it was asked for went as fast as the one before.
      if (position > from) {
        value = ((position - from) * 1000) / (movedMs - lastMs)
        lastMs = movedMs
      }
      return { value, details: memory.end() }
    },
    async close() {
      const running = await building
      await running.caughtUp()
      const rows = (await running.views[view]!.find({}, {})) as unknown as readonly { readonly orders: number }[]
      const counted = rows.reduce((sum, row) => sum + row.orders, 0)
      await running.stop()
      await outside.close()
      if (counted !== events) throw new Error(`The view counts ${counted} of ${events} events.`)
    },
  }
}
