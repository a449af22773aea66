import { start } from 'eventwright'
import type { Variant } from '../../variant.ts'
import { perSecond } from '../in-flight.ts'
import { storeAt } from '../place.ts'
import { assertWhole } from '../whole.ts'
import { itemsOf, stock, TakeAll } from './units.ts'

/** Commands whose handler records ten events in ten streams, through a running system. */
export async function open(_: string, options: { store: string; callers: number }): Promise<Variant> {
  const running = await start(stock, { store: storeAt(options.store) })
  let n = 0
  let events = 0
  const unit = async (): Promise<void> => {
    const items = itemsOf(n++)
    events += items.length
    await running.execute(TakeAll({ items }))
  }
  return {
    measure: async (forMs) => ({ value: await perSecond(options.callers, forMs, unit) }),
    async close() {
      await running.stop()
      await assertWhole(options.store, events)
    },
  }
}
