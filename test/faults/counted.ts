import pg from 'pg'
import type { Database, StorePlace } from '../../examples/orders/store-place.ts'
import { count, isMade } from './claims.ts'

const pools = new Map<string, pg.Pool>()

/**
 * How many rows a query counts in a store that others work on; 0 as long as its tables are not there. A connection that
 * is cut meanwhile is opened again.
 */
export async function counted(place: StorePlace, sql: string): Promise<number> {
  if (typeof place === 'string') return isMade(place) ? count(place, sql) : 0
  for (;;) {
    try {
      const { rows } = await poolOf(place).query<Record<string, unknown>>(sql)
      return Number(Object.values(rows[0] ?? {})[0])
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string }
      if (code === undefinedTable) return 0
      if (!/Connection terminated|ECONN|EPIPE/.test(message)) throw error
    }
  }
}

const undefinedTable = '42P01'

function poolOf({ url, schema }: Database): pg.Pool {
  const key = `${schema} ${url}`
  const known = pools.get(key)
  if (known !== undefined) return known
  const options = { connectionString: url, options: `-csearch_path=${schema}`, max: 1, allowExitOnIdle: true }
  const pool = new pg.Pool(options).on('error', () => undefined)
  pools.set(key, pool)
  return pool
}
