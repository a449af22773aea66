import { start } from 'eventwright'
import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { perSecond } from './in-flight.ts'
import { contents, messages } from './messages.ts'
import { Order, OrderPlaced, orderIds, orders } from './orders.ts'
import { storeAt } from './place.ts'
import { assertWhole } from './whole.ts'

interface Options {
  /** Default: a new file. */
  readonly store?: string
  readonly callers?: number
  /** How many events an append has; default 1. */
  readonly events?: number
  /** Others append to the same store, so that whoever opens all of them checks it. */
  readonly shared?: boolean
}

/** Appends through a running system: checks, encoding with id and checksum, commit queue, store, receipt. */
export async function open(folder: string, options: Options): Promise<Variant> {
  const { store = join(folder, 'orders.db'), callers = 64, events = 1, shared = false } = options
  const running = await start(orders, { store: storeAt(store) })
  const nextId = orderIds()
  let appended = 0
  const append = async (): Promise<void> => {
    const id = nextId()
    const first = appended
    appended += events
    const batch = Array.from({ length: events }, (_, index) => messages[(first + index) % messages.length]!)
    const { version } = await running.append(Order, id, batch, { expected: 'noStream' })
    if (version !== events) throw new Error(`Event ${events} of ${id} got version ${version}.`)
  }
  return {
    async measure(forMs) {
      const value = events * (await perSecond(callers, forMs, append))
      return { value, details: shared ? { appended } : { 'making and validating one event, us': microsecondsToMake() } }
    },
    async close() {
      await running.stop()
      if (!shared) await assertWhole(store, appended)
    },
  }
}

/** What a caller pays before an append: the constructor with its checks, on this machine. */
function microsecondsToMake(): number {
  const begun = performance.now()
  for (const content of contents) OrderPlaced(content)
  return ((performance.now() - begun) * 1000) / contents.length
}
