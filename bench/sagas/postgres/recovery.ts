import type { Pool } from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { connections } from '../../store/postgres/connections.ts'
import { onServer } from '../../store/postgres/databases.ts'
import { median, type Bench, type Measure, type Row, type Words } from '../../suite.ts'
import { VariantProcess } from '../../variant.ts'
import { assertEndedAt } from '../ended.ts'

const leaseMs = 2_000
/** What a take-over may take beside the lease. */
const moreMs = 2_000
const limitMs = 60_000
const names = ['a', 'b', 'c'] as const

const words: Words = {
  id: 'pg-sagas-recovery',
  what: 'one of three workers is killed: until every order that was placed before has ended',
  unit: 'ms',
  peer: 'nobody',
  target: `<= lease + ${moreMs / 1_000} s`,
}

/** Workers of one service on one database, one of which ends by SIGKILL with its share of the sagas under way. */
export const recoveryMeasure: Measure = {
  id: words.id,
  run: (bench) =>
    onServer([words], async (databases) => {
      const times = bench.quick ? 2 : 5
      bench.progress.begin(words.id, times)
      const seen: Recovery[] = []
      for (let run = 0; run < times; run++) {
        seen.push(await recovery(await databases.create(words.id), bench))
        bench.progress.step()
      }
      return [rowOf(seen)]
    }),
}

interface Recovery {
  readonly ms: number
  /** How many orders waited when the worker was killed. */
  readonly waiting: number
}

/** The slowest repetition is judged: a promise is no median. */
function rowOf(seen: readonly Recovery[]): Row {
  const slowest = Math.max(...seen.map(({ ms }) => ms))
  return {
    ...words,
    ratio: null,
    ours: median(seen.map(({ ms }) => ms)),
    theirs: null,
    repetitions: seen.map(({ ms }) => ({ ours: ms, theirs: null, ratio: null })),
    verdict: slowest <= leaseMs + moreMs ? 'met' : 'missed',
    details: {
      'lease ms': leaseMs,
      'slowest ms': slowest,
      'orders that waited': median(seen.map(({ waiting }) => waiting)),
    },
  }
}

async function recovery(store: string, bench: Bench): Promise<Recovery> {
  const workers: VariantProcess[] = []
  const pool = await connections(store, 1)
  try {
    for (const worker of names) {
      const module = { file: 'sagas/postgres/worker.ts', options: { store, worker, leaseMs } }
      workers.push(await VariantProcess.open(module, `${words.id}-${worker}`, bench.folder))
    }
    await shared(pool)
    await workers[0]!.measure(1_000)
    const [{ head }] = (await pool.query(`select position as head from eventwright.ew_head where part = 0`)).rows
    workers[0]!.kill()
    const from = performance.now()
    const waiting = await unended(pool, head)
    await until('the orders that a killed worker has left are not ended', async () => (await unended(pool, head)) === 0)
    const ms = performance.now() - from
    for (const worker of workers.slice(1)) await worker.close()
    const [{ count }] = (await pool.query(`select count(*)::int as count from (${orders}) as placed`)).rows
    await assertEndedAt(store, count, true, true)
    return { ms, waiting }
  } finally {
    await pool.end()
    for (const worker of workers) worker.kill()
  }
}

const orders = `select position, stream from eventwright.ew_events where part = 0 and type = 'OrderPlaced'`

/** How many orders up to a position have a saga that is not at its end, or none yet. */
async function unended(pool: Pool, head: string): Promise<number> {
  const text = `
    select count(*)::int as count from (${orders}) as placed where position <= $1 and not exists (
      select from eventwright.ew_sagas s where s.id = 'localFulfilment/' || substr(stream, 7) and s.closed = 1)`
  return (await pool.query({ name: 'unended', text, values: [head] })).rows[0].count
}

/** Waits until each worker has about a third of the buckets of the saga. */
async function shared(pool: Pool): Promise<void> {
  const text = `
    select count(*)::int as count from eventwright.ew_ownership where consumer like '%localFulfilment%'
    and owner is not null group by owner`
  await until('the workers do not share the saga', async () => {
    const { rows } = await pool.query(text)
    return rows.length === names.length && rows.every(({ count }) => count >= 64)
  })
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`After ${limitMs} ms ${what}.`)
    await sleep(10)
  }
}
