import { start } from 'eventwright'
import { orders } from './orders.ts'
import { storeAt } from './place.ts'

/** Lets our adapter make the tables for what is written by hand, so that they cannot differ. */
export async function makeTables(store: string): Promise<void> {
  await (await start(orders, { store: storeAt(store) })).stop()
}
