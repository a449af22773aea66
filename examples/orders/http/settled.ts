import { setTimeout as sleep } from 'node:timers/promises'
import type { Shop } from '../open.ts'
import { orderEvents } from '../shop/orders/channels.ts'
import { Order } from '../shop/orders/order.ts'

const patienceMs = 5_000
const pauseMs = 5
const relay = 'orders/relay:order-events'
const decisions = new Set(orderEvents.carries.map(({ type }) => type))

/**
 * Resolves when what was decided about orders before this call has come to the end of a way, consumer after consumer;
 * at most after five seconds. Whoever was told that an order is confirmed then finds it in the stock and in the sales,
 * too.
 */
export async function settled(shop: Shop, signal: AbortSignal, way: readonly string[]): Promise<void> {
  const giveUp = performance.now() + patienceMs
  const isOver = (): boolean => performance.now() > giveUp || signal.aborted
  for (const { end } = await standing(shop, relay); await isUntold(shop, end); await sleep(pauseMs)) {
    if (isOver()) return
  }
  for (const name of way) {
    const asked = await standing(shop, name)
    for (let now = asked; now.position < asked.end; now = await standing(shop, name)) {
      if (isOver()) return
      await sleep(pauseMs)
    }
  }
}

/** Whether a decision up to there is behind the relay. What it passes over it may store a while after it has passed. */
async function isUntold(shop: Shop, end: number): Promise<boolean> {
  const { position: after } = await standing(shop, relay)
  for await (const { type } of shop.events.log({ after, to: end, categories: [Order.name] }))
    if (decisions.has(type)) return true
  return false
}

/** Of a view, all its generations; of a consumer that works elsewhere, nothing. */
async function standing(shop: Shop, name: string): Promise<{ readonly position: number; readonly end: number }> {
  const found = (await shop.inspect.consumers()).filter((consumer) => consumer.name.replace(/#\d+$/, '') === name)
  const position = found.reduce((sum, each) => sum + each.position, 0)
  return { position, end: found.reduce((sum, { lag }) => sum + lag, position) }
}
