import { start } from 'eventwright'
import { orders } from './orders.ts'
import { storeAt } from './place.ts'

/** Rejects unless the store holds so many events, with checksums, positions and versions as they must be. */
export async function assertWhole(store: string, events: number): Promise<void> {
  const running = await start(orders, { store: storeAt(store) })
  try {
    const head = await running.events.head()
    if (head !== events)
      throw new Error(`${events} events were acknowledged, and ${storeAt(store).name} holds ${head}.`)
    for await (const { findings } of running.inspect.verify()) {
      const [first] = findings
      if (first !== undefined) throw new Error(`${storeAt(store).name}, position ${first.position}: ${first.what}.`)
    }
  } finally {
    await running.stop()
  }
}
