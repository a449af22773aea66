import { start } from 'eventwright'
import type { Variant } from '../variant.ts'
import { Order, orderData, OrderPlaced, orders } from './orders.ts'
import { storeAt } from './place.ts'

const appendsInFlight = 64
const eventsAnAppend = 100

/**
 * Fills a store: `streams` streams `Order/stream-<n>` of `events` events each. Their events stand in turns in the log,
 * as those of streams that live at the same time do.
 */
export async function open(_: string, options: { store: string; streams: number; events: number }): Promise<Variant> {
  const { store, streams, events } = options
  return {
    async measure() {
      const running = await start(orders, { store: storeAt(store) })
      const begun = performance.now()
      const perAppend = Math.min(eventsAnAppend, events)
      let n = 0
      for (let version = 0; version < events; version += perAppend) {
        for (let first = 0; first < streams; first += appendsInFlight) {
          const ids = Array.from(
            { length: Math.min(appendsInFlight, streams - first) },
            (_, index) => `stream-${first + index}`,
          )
          await Promise.all(
            ids.map((id) =>
              running.append(
                Order,
                id,
                Array.from({ length: perAppend }, () => OrderPlaced(orderData(id, n++))),
                { expected: version },
              ),
            ),
          )
        }
      }
      await running.stop()
      return { value: (n * 1000) / (performance.now() - begun) }
    },
    async close() {},
  }
}
