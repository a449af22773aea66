import type { Variant } from '../../variant.ts'
import { perSecond } from '../in-flight.ts'
import { rawEvent } from '../raw-event.ts'
import { makeTables } from '../tables.ts'
import { assertWhole } from '../whole.ts'
import { connections, rowsOf } from './connections.ts'
import { itemsOf } from './units.ts'
import { parametersOf, takeAll } from './units-raw.ts'

const unitsTogether = 24
const eventsOfUnit = 10

/**
 * As many events as 24 units have, each in another stream, by one hand-written statement after the other: what the
 * tables cost alone. Nobody is told of a unit, and none could lose without the others.
 */
export async function open(_: string, options: { store: string }): Promise<Variant> {
  await makeTables(options.store)
  const pool = await connections(options.store, 1)
  let n = 0
  let written = 0
  const together = async (): Promise<void> => {
    const now = Date.now()
    const items = new Map<string, ReturnType<typeof itemsOf>[number]>()
    while (items.size < unitsTogether * eventsOfUnit)
      for (const item of itemsOf(n++)) if (items.size < unitsTogether * eventsOfUnit) items.set(item.sku, item)
    const events = [...items.values()].map((item) => rawEvent(`Stock/${item.sku}`, 'Taken', item, now))
    written += (await rowsOf(pool, takeAll, parametersOf(events, now))).length
  }
  return {
    measure: async (forMs) => ({ value: unitsTogether * (await perSecond(1, forMs, together)) }),
    async close() {
      await pool.end()
      await assertWhole(options.store, written)
    },
  }
}
