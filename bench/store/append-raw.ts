import { join } from 'node:path'
import type { Variant } from '../variant.ts'
import { perSecond } from './in-flight.ts'
import { orderData, orderIds } from './orders.ts'
import { RawOrders } from './raw-orders.ts'
import { assertWhole } from './whole.ts'

type Data = ReturnType<typeof orderData>

/**
 * Appends with hand-written `node:sqlite`, with as many callers as ours has. `batched`: what waits goes into one
 * transaction at the next turn of the event loop; otherwise each append has a transaction of its own.
 */
export async function open(folder: string, options: { batched?: boolean; callers?: number }): Promise<Variant> {
  const file = join(folder, 'orders.db')
  const raw = await RawOrders.open(file)
  const nextId = orderIds()
  const write = options.batched ? batched(raw) : async (data: Data) => raw.append([data])[0]!
  let appended = 0
  const append = async (): Promise<void> => {
    const id = nextId()
    if (!(await write(orderData(id, appended++)))) throw new Error(`${id} existed already.`)
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(options.callers ?? 64, forMs, append) }),
    async close() {
      raw.close()
      await assertWhole(file, appended)
    },
  }
}

function batched(raw: RawOrders): (data: Data) => Promise<boolean> {
  let waiting: { readonly data: Data; readonly resolve: (isTaken: boolean) => void }[] = []
  const flush = (): void => {
    const batch = waiting
    waiting = []
    const taken = raw.append(batch.map(({ data }) => data))
    batch.forEach(({ resolve }, index) => resolve(taken[index]!))
  }
  return (data) =>
    new Promise((resolve) => {
      if (waiting.push({ data, resolve }) === 1) setImmediate(flush)
    })
}
