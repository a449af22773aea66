import { setTimeout as sleep } from 'node:timers/promises'
import type { Shop } from '../open.ts'

const patienceMs = 1_000
const pauseMs = 5
const relay = 'orders/relay:order-events'

/**
 * Resolves when what was decided about orders before this call has come to the end of a way, consumer after consumer;
 * at most after a second. Whoever was told that an order is confirmed then finds it in the stock and in the sales, too.
 */
export async function settled(shop: Shop, signal: AbortSignal, way: readonly string[]): Promise<void> {
  const giveUp = performance.now() + patienceMs
  for (const name of [relay, ...way]) {
    const asked = await standing(shop, name)
    for (let now = asked; now.position < asked.end; now = await standing(shop, name)) {
      if (performance.now() > giveUp || signal.aborted) return
      await sleep(pauseMs)
    }
  }
}

/** Of a view, all its generations; of a consumer that works elsewhere, nothing. */
async function standing(shop: Shop, name: string): Promise<{ readonly position: number; readonly end: number }> {
  const found = (await shop.inspect.consumers()).filter((consumer) => consumer.name.replace(/#\d+$/, '') === name)
  const position = found.reduce((sum, each) => sum + each.position, 0)
  return { position, end: found.reduce((sum, { lag }) => sum + lag, position) }
}
