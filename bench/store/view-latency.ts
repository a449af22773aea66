import { start } from 'eventwright'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Variant } from '../variant.ts'
import { orderData, orderIds, ordersWithView, PlaceOrder } from './orders.ts'
import { storeAt } from './place.ts'

/**
 * One command at a time: how long until it is acknowledged, and how long until the asynchronous view shows it. Between
 * two commands it rests for a moment, so that every sample finds the view's consumer asleep.
 */
export async function open(folder: string, options: { store?: string }): Promise<Variant> {
  const { store = join(folder, 'orders.db') } = options
  const running = await start(ordersWithView('customers'), { store: storeAt(store) })
  const nextId = orderIds()
  let n = 0
  return {
    async measure(forMs) {
      const acknowledged: number[] = []
      const visible: number[] = []
      const end = performance.now() + forMs
      while (performance.now() < end) {
        const data = orderData(nextId(), n++)
        const begun = performance.now()
        const { receipt } = await running.execute(PlaceOrder(data))
        acknowledged.push(performance.now() - begun)
        const row = await running.views.customers.get(data.customerId, { after: receipt })
        visible.push(performance.now() - begun)
        if (row === undefined || row.orders < 1) throw new Error(`${data.customerId} is not there.`)
        await sleep(1 + (n % 4))
      }
      const at = (values: number[], share: number): number =>
        values.sort((a, b) => a - b)[Math.floor(values.length * share)]!
      return {
        value: at(visible, 0.5),
        details: {
          samples: visible.length,
          ack50: at(acknowledged, 0.5),
          ack99: at(acknowledged, 0.99),
          visible50: at(visible, 0.5),
          visible99: at(visible, 0.99),
        },
      }
    },
    close: () => running.stop(),
  }
}
