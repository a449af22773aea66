import { connections } from '../../store/postgres/connections.ts'
import { poolSize } from '../../store/place.ts'
import type { Variant } from '../../variant.ts'
import { perSaga } from '../per-saga.ts'
import { order } from '../shop.ts'

const steps = ['reserve', 'charge', 'ship'] as const

const tables = `
  create table workflows (
    id text primary key, name text not null, status text not null, input text not null, output text,
    created_at bigint not null, updated_at bigint not null);
  create table steps (
    workflow text not null, no int not null, name text not null, output text not null, at bigint not null,
    primary key (workflow, no));
  create table effects (id text primary key, data text not null);`

const begin = `insert into workflows values ($1, 'fulfilment', 'running', $2, null, $3, $3)`
const did = `
  with effect as (insert into effects values ($1 || '/' || $3, $4))
  insert into steps values ($1, $2, $3, $5, $6)`
const end = `update workflows set status = 'done', output = '{}', updated_at = $2 where id = $1`

/**
 * A stand-in, written by hand with `pg`, for a durable workflow that keeps a row for itself and one for each step: five
 * transactions of one round trip each. A step's effect commits with its record.
 */
export async function open(_: string, options: { store: string; callers: number }): Promise<Variant> {
  const pool = await connections(options.store, Math.min(options.callers, poolSize))
  await pool.query(tables)
  const send = (name: string, text: string, ...values: unknown[]): Promise<unknown> =>
    pool.query({ name, text, values })
  let placed = 0
  const run = async (): Promise<void> => {
    const data = order(placed++)
    const id = data.orderId
    await send('begin', begin, id, JSON.stringify(data), Date.now())
    for (const [no, step] of steps.entries()) {
      const output = JSON.stringify({ paymentId: `payment-${id}` })
      await send('did', did, id, no, step, JSON.stringify({ orderId: id }), output, Date.now())
    }
    await send('end', end, id, Date.now())
  }
  return {
    measure: (forMs) => perSaga(options.callers, forMs, undefined, run),
    async close() {
      const count = async (what: string): Promise<number> =>
        (await pool.query(`select count(*)::int as count from ${what}`)).rows[0].count
      const found = [await count(`workflows where status = 'done'`), await count('steps'), await count('effects')]
      await pool.end()
      if (found.join() !== [placed, 3 * placed, 3 * placed].join())
        throw new Error(`${placed} workflows are done, and the database holds ${found.join(', ')}.`)
    },
  }
}
