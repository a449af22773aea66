import { start } from 'eventwright'
import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { countCommits } from './commit-count.ts'
import { assertEnded } from './ended.ts'
import { perSaga } from './per-saga.ts'
import { localShop, order, PlaceOrder, shop } from './shop.ts'
import { watchedStore } from './watched-store.ts'

/**
 * Orders through a running system: from the call of the command that starts a saga until the commit that ends it.
 * `local`: by local steps in one service; otherwise by commands over channels to three services in this process.
 */
export async function open(folder: string, options: { callers: number; local: boolean }): Promise<Variant> {
  const commits = countCommits()
  const file = join(folder, 'shop.db')
  const store = watchedStore(file)
  const { system, saga } = options.local
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
    measure: (forMs) => perSaga(options.callers, forMs, commits, place),
    async close() {
      await running.stop()
      assertEnded(file, placed, options.local)
    },
  }
}
