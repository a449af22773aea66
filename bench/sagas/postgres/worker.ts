import { start } from 'eventwright'
import { setTimeout as sleep } from 'node:timers/promises'
import { storeAt } from '../../store/place.ts'
import type { Variant } from '../../variant.ts'
import { localShop, order, PlaceOrder } from '../shop.ts'

interface Options {
  readonly store: string
  readonly worker: string
  readonly leaseMs: number
}

/** How many orders a worker places at a time, and how long it rests after that. */
const atOnce = 4
const restMs = 20

/** One of several processes of a service: it places orders on and on, and works on the sagas of its share. */
export async function open(_: string, { store, worker, leaseMs }: Options): Promise<Variant> {
  const running = await start(localShop, { store: storeAt(store), leaseMs })
  const over = new AbortController()
  let placed = 0
  const place = async (): Promise<void> => {
    const data = order(placed++)
    await running.execute(PlaceOrder({ ...data, orderId: `${worker}-${data.orderId}` }))
  }
  const placing = (async () => {
    while (!over.signal.aborted) {
      await Promise.all(Array.from({ length: atOnce }, place))
      await sleep(restMs)
    }
  })()
  placing.catch(() => undefined)
  return {
    async measure(forMs) {
      await sleep(forMs)
      return { value: placed }
    },
    async close() {
      over.abort()
      await placing
      await running.caughtUp()
      await running.stop()
    },
  }
}
