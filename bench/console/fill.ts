import { start } from 'eventwright'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'
import { depot, dataOf, Insured, lostConsumer, Lost, Moved, Packed, Parcel, parcelNamed } from './depot.ts'

const perStream = 10
const inFlight = 64
/** One parcel in so many starts a saga. */
const insuredEvery = 50
const patienceMs = 30 * 60_000

/**
 * Fills a store part by part: streams of ten events, as many dead letters as were asked for, spread over all streams,
 * and a saga for each fiftieth. At its end everything is caught up with and counted.
 */
export async function open(
  _: string,
  { store, events, letters, parts }: { store: string; events: number; letters: number; parts: number },
): Promise<Variant> {
  const running = await start(depot, { store: storeAt(store), stuckAfter: Infinity })
  const streams = events / perStream
  const lostEvery = streams / letters
  let [next, part] = [0, 0]
  const work = async (until: number): Promise<void> => {
    while (next < until) {
      const number = next++
      const id = parcelNamed(number)
      const isLost = number % lostEvery === 0
      const batch = Array.from({ length: perStream }, (__, at) => {
        const data = dataOf(id, number * perStream + at)
        if (at === 0) return number % insuredEvery === 1 ? Insured(data) : Packed(data)
        return isLost && at === perStream - 1 ? Lost(data) : Moved(data)
      })
      await running.append(Parcel, id, batch, { expected: 0 })
    }
  }
  return {
    async measure() {
      const [from, until] = [next, Math.round((streams * ++part) / parts)]
      const begun = performance.now()
      await Promise.all(Array.from({ length: inFlight }, () => work(until)))
      return { value: ((next - from) * perStream * 1_000) / (performance.now() - begun) }
    },
    async close() {
      if (!(await running.caughtUp({ timeoutMs: patienceMs }))) throw new Error('The depot did not catch up.')
      const head = await running.events.head()
      const counts = await running.inspect.deadLetters.counts(lostConsumer)
      const parked = counts.reduce((sum, { count }) => sum + count, 0)
      await running.stop()
      if (head !== events) throw new Error(`${events} events were acknowledged, and the store holds ${head}.`)
      if (parked !== letters) throw new Error(`${letters} dead letters were to be there, and the store has ${parked}.`)
    },
  }
}
