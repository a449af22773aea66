import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import type { Variant } from '../variant.ts'
import type { orderData } from './orders.ts'
import { orders } from './orders.ts'

/** Reads streams of a file that is there already through `events.stream`, decoded and checked. */
export async function open(_: string, options: { file: string; streams: number; events: number }): Promise<Variant> {
  const running = await start(orders, { store: sqlite(options.file) })
  let next = 0
  const read = async (): Promise<number> => {
    let pieces = 0
    let events = 0
    for await (const { data } of running.events.stream(`Order/stream-${next}`)) {
      pieces += (data as ReturnType<typeof orderData>).items[0]!.quantity
      events++
    }
    next = (next + 1) % options.streams
    if (events !== options.events || pieces < events) throw new Error(`${events} events were read.`)
    return events
  }
  return {
    async measure(forMs) {
      const begun = performance.now()
      let events = 0
      while (performance.now() < begun + forMs) events += await read()
      return { value: (events * 1000) / (performance.now() - begun) }
    },
    close: () => running.stop(),
  }
}
