import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { orders } from './orders.ts'

/** Rejects unless the file holds so many events, with checksums, positions and versions as they must be. */
export async function assertWhole(file: string, events: number): Promise<void> {
  const running = await start(orders, { store: sqlite(file) })
  try {
    const head = await running.events.head()
    if (head !== events) throw new Error(`${events} events were acknowledged, and ${file} holds ${head}.`)
    for await (const { findings } of running.inspect.verify()) {
      const [first] = findings
      if (first !== undefined) throw new Error(`${file}, position ${first.position}: ${first.what}.`)
    }
  } finally {
    await running.stop()
  }
}
