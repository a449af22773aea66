import type { Variant } from '../variant.ts'
import { MemoryWatch } from './memory-watch.ts'
import type { orderData } from './orders.ts'

/** A page of the log, rows as arrays. */
export type FoldPage = readonly (readonly unknown[])[]

/** Where the columns stand that are needed. */
export interface FoldColumns {
  readonly position: number
  readonly occurredAt: number
  readonly data: number
}

/** How many events a page has. */
export const pageEvents = 2_000

/** Measures how fast a whole log is parsed and folded into a Map: no rows written, nothing resumed. */
export function foldingLog(
  events: number,
  columns: FoldColumns,
  page: (after: number) => FoldPage | Promise<FoldPage>,
): Variant['measure'] {
  return async () => {
    const memory = new MemoryWatch()
    const begun = performance.now()
    const customers = await fold(columns, page)
    const ms = performance.now() - begun
    let orders = 0
    for (const customer of customers.values()) orders += customer.orders
    if (orders !== events) throw new Error(`${orders} of ${events} events were folded.`)
    return { value: (events * 1000) / ms, details: { ...memory.end() } }
  }
}

interface Customer {
  orders: number
  pence: number
  lastAt: number
}

async function fold(
  { position, occurredAt, data }: FoldColumns,
  page: (after: number) => FoldPage | Promise<FoldPage>,
): Promise<Map<string, Customer>> {
  const customers = new Map<string, Customer>()
  for (let after = 0; ;) {
    const rows = await page(after)
    for (const row of rows) {
      const { customerId, total } = JSON.parse(row[data] as string) as ReturnType<typeof orderData>
      const customer = customers.get(customerId) ?? { orders: 0, pence: 0, lastAt: 0 }
      customer.orders++
      customer.pence += Math.round(Number(total) * 100)
      customer.lastAt = Number(row[occurredAt])
      customers.set(customerId, customer)
    }
    if (rows.length < pageEvents) return customers
    after = Number(rows.at(-1)![position])
  }
}
