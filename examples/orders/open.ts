import { memory, start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import system from './shop/system.ts'

/** Starts the shop on a SQLite file, or in memory for `:memory:`. */
export const openShop = (store: string) => start(system, { store: store === ':memory:' ? memory() : sqlite(store) })

/** The running shop. */
export interface Shop extends Awaited<ReturnType<typeof openShop>> {}
