import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { perSecond } from './in-flight.ts'
import { contents, messages } from './messages.ts'
import { Order, OrderPlaced, orderIds, orders } from './orders.ts'
import { assertWhole } from './whole.ts'

/** Appends through a running system: checks, encoding with id and checksum, commit queue, SQLite, receipt. */
export async function open(folder: string, options: { callers?: number }): Promise<Variant> {
  const file = join(folder, 'orders.db')
  const running = await start(orders, { store: sqlite(file) })
  const nextId = orderIds()
  let appended = 0
  const append = async (): Promise<void> => {
    const id = nextId()
    const { version } = await running.append(Order, id, [messages[appended++ % messages.length]!], {
      expected: 'noStream',
    })
    if (version !== 1) throw new Error(`The first event of ${id} got version ${version}.`)
  }
  return {
    async measure(forMs) {
      const value = await perSecond(options.callers ?? 64, forMs, append)
      return { value, details: { 'making and validating one event, us': microsecondsToMake() } }
    },
    async close() {
      await running.stop()
      await assertWhole(file, appended)
    },
  }
}

/** What a caller pays before an append: the constructor with its checks, on this machine. */
function microsecondsToMake(): number {
  const begun = performance.now()
  for (const content of contents) OrderPlaced(content)
  return ((performance.now() - begun) * 1000) / contents.length
}
