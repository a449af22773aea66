import { DatabaseSync } from 'node:sqlite'
import type { Variant } from '../variant.ts'
import type { orderData } from './orders.ts'
import { MemoryWatch } from './memory-watch.ts'

const pageEvents = 2_000

/**
 * Reads the whole log in pages as arrays, parses the data and folds it into a Map: no rows written, nothing resumed.
 */
export async function open(_: string, options: { file: string; events: number }): Promise<Variant> {
  const database = new DatabaseSync(options.file, { readOnly: true })
  const page = database.prepare(
    'select seq, version, id, type, schema_version, occurred_at, recorded_at, checksum, deleted, data, meta ' +
      `from ew_events where seq > ? order by seq limit ${pageEvents}`,
  )
  page.setReturnArrays(true)
  return {
    async measure() {
      const memory = new MemoryWatch()
      const begun = performance.now()
      const customers = fold(page)
      const ms = performance.now() - begun
      let orders = 0
      for (const customer of customers.values()) orders += customer.orders
      if (orders !== options.events) throw new Error(`${orders} of ${options.events} events were folded.`)
      return { value: (options.events * 1000) / ms, details: { ...memory.end() } }
    },
    async close() {
      database.close()
    },
  }
}

interface Customer {
  orders: number
  pence: number
  lastAt: number
}

function fold(page: ReturnType<DatabaseSync['prepare']>): Map<string, Customer> {
  const customers = new Map<string, Customer>()
  let after = 0
  for (;;) {
    const rows = page.all(after) as unknown as (readonly unknown[])[]
    for (const row of rows) {
      const { customerId, total } = JSON.parse(row[9] as string) as ReturnType<typeof orderData>
      const customer = customers.get(customerId) ?? { orders: 0, pence: 0, lastAt: 0 }
      customer.orders++
      customer.pence += Math.round(Number(total) * 100)
      customer.lastAt = row[5] as number
      customers.set(customerId, customer)
    }
    if (rows.length < pageEvents) return customers
    after = rows.at(-1)![0] as number
  }
}
