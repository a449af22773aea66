import { start } from 'eventwright'
import { MemoryWatch } from '../store/memory-watch.ts'
import { messages } from '../store/messages.ts'
import { Order, orders } from '../store/orders.ts'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'

const perAppend = 5
const inFlight = 64
/** A stream gets its second half when so many others have begun, as orders do that live for a while. */
const openStreams = 10_000

/** Appends a part of many events at each measurement: streams of ten events, in two appends that lie apart. */
export async function open(_: string, options: { store: string; events: number; parts: number }): Promise<Variant> {
  const { store, events, parts } = options
  const running = await start(orders, { store: storeAt(store) })
  const plan = appends(events / perAppend)
  let [appended, part] = [0, 0]
  const work = async (until: number): Promise<void> => {
    while (appended < until) {
      const next = plan.next()
      if (next.done === true) throw new Error(`The plan ended behind ${appended} of ${events} events.`)
      const [stream, expected] = next.value
      const first = appended
      appended += perAppend
      const batch = Array.from({ length: perAppend }, (__, n) => messages[(first + n) % messages.length]!)
      await running.append(Order, `order-${String(stream).padStart(8, '0')}`, batch, { expected })
    }
  }
  return {
    async measure() {
      const [from, until] = [appended, Math.round((events * ++part) / parts)]
      const memory = new MemoryWatch()
      const begun = performance.now()
      await Promise.all(Array.from({ length: inFlight }, () => work(until)))
      const ms = performance.now() - begun
      return { value: ((appended - from) * 1000) / ms, details: memory.end() }
    },
    async close() {
      const head = await running.events.head()
      await running.stop()
      if (head !== appended) throw new Error(`${appended} events were acknowledged, and the store holds ${head}.`)
    },
  }
}

/** Which stream gets five events next, and how many it has. */
function* appends(count: number): Generator<readonly [stream: number, has: number]> {
  let made = 0
  for (let stream = 0; made < count; stream++) {
    made++
    yield [stream, 0]
    if (stream < openStreams || made === count) continue
    made++
    yield [stream - openStreams, perAppend]
  }
}
