import { start } from 'eventwright'
import type { Variant } from '../variant.ts'
import type { orderData } from './orders.ts'
import { orders } from './orders.ts'
import { storeAt } from './place.ts'
import { readingStreams } from './reading.ts'

/** Reads streams that are there already through `events.stream`, decoded and checked. */
export async function open(_: string, options: { store: string; streams: number; events: number }): Promise<Variant> {
  const running = await start(orders, { store: storeAt(options.store) })
  return {
    measure: readingStreams(options, async (stream) => {
      let pieces = 0
      let events = 0
      for await (const { data } of running.events.stream(stream)) {
        pieces += (data as ReturnType<typeof orderData>).items[0]!.quantity
        events++
      }
      return { events, pieces }
    }),
    close: () => running.stop(),
  }
}
