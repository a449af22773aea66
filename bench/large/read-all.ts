import { start } from 'eventwright'
import { MemoryWatch } from '../store/memory-watch.ts'
import { orders } from '../store/orders.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'

/** Reads a part of the log at each measurement, decoded, and counts positions. */
export async function open(_: string, options: { store: string; events: number; parts: number }): Promise<Variant> {
  const { store, events, parts } = options
  const running = await start(orders, { store: storeAt(store) })
  const log = running.events.log()[Symbol.asyncIterator]()
  let [read, part] = [0, 0]
  return {
    async measure() {
      const [from, until] = [read, Math.round((events * ++part) / parts)]
      const memory = new MemoryWatch()
      const begun = performance.now()
      while (read < until) {
        const next = await log.next()
        if (next.done === true) throw new Error(`The log ended behind ${read} of ${events} events.`)
        const { position, data } = next.value
        if (position !== ++read || data === undefined)
          throw new Error(`Position ${position} was read as event ${read}.`)
      }
      const ms = performance.now() - begun
      return { value: ((read - from) * 1000) / ms, details: memory.end() }
    },
    async close() {
      const next = await log.next()
      await running.stop()
      if (next.done !== true) throw new Error(`The log goes on behind ${events} events.`)
    },
  }
}
