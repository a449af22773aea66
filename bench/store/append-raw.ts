import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { perSecond } from './in-flight.ts'
import { contents } from './messages.ts'
import { orderIds } from './orders.ts'
import { RawOrders } from './raw-orders.ts'
import { assertWhole } from './whole.ts'

type Order = Parameters<RawOrders['append']>[0][number]

/**
 * Appends with hand-written `node:sqlite`, with as many callers as ours has. `batched`: what waits goes into one
 * transaction at the next turn of the event loop; otherwise each append has a transaction of its own.
 */
export async function open(folder: string, options: { batched?: boolean; callers?: number }): Promise<Variant> {
  const file = join(folder, 'orders.db')
  const raw = await RawOrders.open(file)
  const nextId = orderIds()
  const write = options.batched ? batched(raw) : async (order: Order) => raw.append([order])[0]!
  let appended = 0
  const append = async (): Promise<void> => {
    const id = nextId()
    if (!(await write({ id, data: contents[appended++ % contents.length]! }))) throw new Error(`${id} existed already.`)
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(options.callers ?? 64, forMs, append) }),
    async close() {
      raw.close()
      await assertWhole(file, appended)
    },
  }
}

function batched(raw: RawOrders): (order: Order) => Promise<boolean> {
  let waiting: { readonly order: Order; readonly resolve: (isTaken: boolean) => void }[] = []
  const flush = (): void => {
    const batch = waiting
    waiting = []
    const taken = raw.append(batch.map(({ order }) => order))
    batch.forEach(({ resolve }, index) => resolve(taken[index]!))
  }
  return (order) =>
    new Promise((resolve) => {
      if (waiting.push({ order, resolve }) === 1) setImmediate(flush)
    })
}
