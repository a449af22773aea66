import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { systemClock } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import type { Partition } from '../../../src/ports/stored-event.ts'
import { startChild, type Child } from '../../fixtures/child.ts'
import { faultsOf, logTail, noFaults, type LogTail, type Seen } from '../../fixtures/log-tail.ts'
import { anotherDatabase, connectTo, holdAdvisoryLocks, writeAndStay } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { torture } from '../../fixtures/torture.ts'

/** What a writer was told of one append that won. */
type Told = readonly [
  stream: string,
  partition: Partition,
  version: number,
  position: number,
  first: number,
  count: number,
]

/** How it went for the writers of one process. */
interface Counts {
  readonly won: number
  readonly lost: number
  readonly failed: number
  readonly deadlocks: number
}

const writers = 20
const processes = torture ? 4 : 2
const wanted = { events: torture ? 1_000_000 : 2_000, ms: 2_000 }
const most = torture ? { units: 60, events: 30 } : { units: 12, events: 3 }
const pageSize = 500
/** So many events come for each connection that is ended: a slow machine would do nothing but connect again. */
const eventsOfKill = 20

if (postgresUrl() !== undefined)
  test('beside 20 writers and what stalls others, a tail reader meets each event once and in its order', async (t) => {
    const { adapter, url, schema } = freshPostgres()
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const holders = await openHolders(t, schema)
    const children = await startWriters(t, url, schema)
    const writing = new AbortController()
    t.after(() => writing.abort())
    const tails = ([0, 1] as const).map((partition) => tailOf(store, partition))
    const reading = tails.map((tail) => follow(tail, writing.signal))
    const all = (): number => tails.reduce((sum, { seen }) => sum + seen.length, 0)
    const killing = killBackends(t, schema, all, writing.signal)
    const started = performance.now()
    const enough = async (): Promise<void> => {
      while (!writing.signal.aborted && (all() < wanted.events || performance.now() < started + wanted.ms)) {
        await systemClock.sleep(20)
        assert.ok(
          children.every(({ process }) => process.exitCode === null),
          'a writer has ended',
        )
      }
    }
    // All of it comes while all holders hold.
    await Promise.race([enough(), Promise.all([...reading, killing])])
    for (const child of children) child.process.stdin!.end()
    for (const child of children) assert.equal(await child.ended, 0)
    writing.abort()
    await Promise.all(reading)
    const kills = await killing
    await holders.assertOpen()

    const counts = children.map(({ lines }) => JSON.parse(lines.at(-1)!) as Counts)
    const pauses = tails.map(({ longestPauseMs }) => `${longestPauseMs} ms`).join(' and ')
    t.diagnostic(`${all()} events, ${kills} backends killed, ${JSON.stringify(counts)}, pauses up to ${pauses}`)
    assert.ok(kills > 0, 'nothing was rolled back')
    for (const { won, lost, failed, deadlocks } of counts) {
      assert.ok(won > 0 && lost > 0 && failed > 0, 'something was not tried')
      assert.equal(deadlocks, 0)
    }
    for (const [index, tail] of tails.entries()) {
      const partition = index as Partition
      const log = await wholeLog(store, partition)
      assert.deepEqual(faultsOf(tail, log), noFaults)
      assert.equal(await store.log.head(partition), log.length)
      assertTold(log, children, partition)
    }
  })

async function startWriters(t: TestContext, url: string, schema: string): Promise<readonly Child[]> {
  const each = [writers / processes, most.units, most.events].map(String)
  const children = Array.from({ length: processes }, (_, index) =>
    startChild('racing-process', url, schema, String(index + 1), ...each),
  )
  t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
  await Promise.all(children.map((child) => child.until(1)))
  return children
}

function tailOf({ log }: Store, partition: Partition): LogTail {
  return logTail((last) => log.readLog({ partition, after: last?.position ?? 0, limit: pageSize }))
}

async function follow(tail: LogTail, writing: AbortSignal): Promise<void> {
  while (!writing.aborted) if ((await tail.step()) === 0) await systemClock.sleep(1)
  await tail.catchUp()
}

async function wholeLog(store: Store, partition: Partition): Promise<readonly Seen[]> {
  const whole = tailOf(store, partition)
  await whole.catchUp()
  return whole.seen
}

/** Who won is there where he was told, and nothing else is. */
function assertTold(log: readonly Seen[], children: readonly Child[], of: Partition): void {
  let count = 0
  for (const [index, { lines }] of children.entries()) {
    const prefix = (index + 1).toString(16).padStart(8, '0')
    for (const line of lines.slice(1, -1)) {
      const [stream, partition, version, position, first, length] = JSON.parse(line) as Told
      if (partition !== of) continue
      for (let n = 0; n < length; n++) {
        const back = length - 1 - n
        const id = `${prefix}-0000-7000-8000-${(first + n).toString(16).padStart(12, '0')}`
        assert.deepEqual(log[position - back - 1], { id, stream, version: version - back, position: position - back })
      }
      count += length
    }
  }
  assert.equal(log.length, count, 'something is there that nobody was told of')
}

/** Rolls back commits by ending their connections, until the signal; answers how many. */
async function killBackends(t: TestContext, schema: string, met: () => number, writing: AbortSignal): Promise<number> {
  const client = await connectTo(t, postgresUrl()!)
  let [kills, next] = [0, 0]
  while (!writing.aborted) {
    await systemClock.sleep(torture ? 200 : 40)
    if (met() < next) continue
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and state = 'active' and query like '%' || $1 || '%ew\\_commit%'
        order by random() limit 1`,
      [schema],
    )
    kills += rowCount ?? 0
    next = met() + eventsOfKill
  }
  return kills
}

/** Sessions that hold what stalls the readers and writers of other stores. */
async function openHolders(t: TestContext, schema: string): Promise<{ assertOpen(): Promise<void> }> {
  const server = postgresUrl()!
  const elsewhere = await anotherDatabase(t, server, `${schema}_other`)
  const [here, there, locking] = [
    await writeAndStay(await connectTo(t, server)),
    await writeAndStay(await connectTo(t, elsewhere)),
    await connectTo(t, server),
  ]
  await holdAdvisoryLocks(locking, schema)
  const ask = async (client: pg.Client, what: string): Promise<unknown> =>
    (await client.query<unknown[]>({ text: `select ${what}`, rowMode: 'array' })).rows[0]![0]
  return {
    async assertOpen() {
      for (const client of [here, there]) assert.notEqual(await ask(client, 'pg_current_xact_id_if_assigned()'), null)
      const locks = `count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`
      assert.equal(await ask(locking, locks), 1_001)
    },
  }
}
