import { memory, start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import system from './shop/system.ts'

/** The event versions that were released: in production the shop does not start when one of them was changed. */
const lockFile = new URL('./shop/eventwright.lock.json', import.meta.url)

/** Starts the shop on a SQLite file, or in memory for `:memory:`. */
export const openShop = (store: string) =>
  start(system, { store: store === ':memory:' ? memory() : sqlite(store), lockFile })

/** The running shop. */
export interface Shop extends Awaited<ReturnType<typeof openShop>> {}
