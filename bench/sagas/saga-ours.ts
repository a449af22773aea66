import { start } from 'eventwright'
import { join } from 'node:path'
import { storeAt } from '../store/place.ts'
import type { Variant } from '../variant.ts'
import { countCommits } from './commit-count.ts'
import { assertEnded, assertEndedAt } from './ended.ts'
import { perSaga } from './per-saga.ts'
import { localShop, order, PlaceOrder, shop } from './shop.ts'
import { watchedStore } from './watched-store.ts'

interface Options {
  readonly callers: number
  readonly local: boolean
  /** Default: a new file, whose commits are counted. */
  readonly store?: string
}

/**
 * Orders through a running system: from the call of the command that starts a saga until the commit that ends it.
 * `local`: by local steps in one service; otherwise by commands over channels to three services in this process.
 */
export async function open(folder: string, options: Options): Promise<Variant> {
  const { callers, local, store: url } = options
  const at = url ?? join(folder, 'shop.db')
  const commits = url === undefined ? countCommits() : undefined
  const store = watchedStore(storeAt(at))
  const { system, saga } = local
    ? ({ system: localShop, saga: 'localFulfilment' } as const)
    : ({ system: shop, saga: 'fulfilment' } as const)
  const running = await start(system, { store: store.adapter })
  let placed = 0
  const place = async (): Promise<void> => {
    const data = order(placed++)
    const ended = store.ended(`${saga}/${data.orderId}`)
    await running.execute(PlaceOrder(data))
    await ended
  }
  return {
    measure: (forMs) => perSaga(callers, forMs, commits, place),
    async close() {
      await running.stop()
      if (url === undefined) assertEnded(at, placed, local)
      else await assertEndedAt(url, placed, local)
    },
  }
}
