import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { systemClock } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { append, commitOne, rejects, unit, won } from '../../../src/testing/contracts/store-case.ts'
import { faultsOf, logTail, noFaults, type LogTail, type Seen } from '../../fixtures/log-tail.ts'
import { anotherDatabase, connectTo, holdAdvisoryLocks, writeAndStay } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

interface Opened {
  readonly store: Store
  readonly schema: string
  /** Follows partition 0 in pages of two. */
  readonly tail: LogTail
  connect(): Promise<pg.Client>
}

async function open(t: TestContext): Promise<Opened> {
  const { adapter, schema } = freshPostgres()
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  return {
    store,
    schema,
    tail: logTail((last) => store.log.readLog({ partition: 0, after: last?.position ?? 0, limit: 2 })),
    connect: () => connectTo(t, postgresUrl()!),
  }
}

/** How many commits of the store wait for a lock. */
async function waiting(client: pg.Client, schema: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
      where wait_event_type = 'Lock' and query ~ ($1 || '.*ew_(commit|streams)')`,
    [schema],
  )
  return rows[0]!.n
}

async function everything(store: Store): Promise<readonly Seen[]> {
  return store.log.readLog({ partition: 0, after: 0, limit: 10_000 })
}

if (postgresUrl() !== undefined) {
  test('a commit that has its positions and waits is not overtaken by one that the reader sees first', async (t) => {
    const { store, schema, tail, connect } = await open(t)
    const [holder, watcher] = [await connect(), await connect()]
    await commitOne(store, unit('First/1'))
    await holder.query(`begin; select 1 from ${schema}.ew_head where part = 1 for update`)
    const both = { appends: [append('Both/1', 'any', 3), append('Engine/1', 'any', 1, 1)] }
    const early = commitOne(store, both)
    await until('the commit waits', async () => (await waiting(watcher, schema)) === 1)
    const late = commitOne(store, unit('Late/1', 'any', 2))
    const lateIsOver = late.then(() => true)
    await until(
      'the later commit waits too, or is through',
      async () => (await waiting(watcher, schema)) === 2 || (await Promise.race([lateIsOver, false])),
    )
    await tail.catchUp()
    await holder.query('commit')
    assert.deepEqual([won(await early).appends[0]!.position, won(await late).appends[0]!.position], [4, 6])
    await tail.catchUp()
    assert.deepEqual(faultsOf(tail, await everything(store)), noFaults)
  })

  test('a commit that waits for a stream holds up no other, and its positions come when it is through', async (t) => {
    const { store, schema, tail, connect } = await open(t)
    const [holder, watcher] = [await connect(), await connect()]
    await commitOne(store, unit('Held/1'))
    await holder.query(`begin; select 1 from ${schema}.ew_streams where stream = 'Held/1' for update`)
    const held = commitOne(store, unit('Held/1', 1, 2))
    await until('the commit waits', async () => (await waiting(watcher, schema)) === 1)
    for (let n = 0; n < 5; n++) won(await commitOne(store, unit('Free/1', n)))
    await tail.catchUp()
    assert.equal(tail.seen.length, 6)
    await holder.query('commit')
    assert.deepEqual(won(await held).appends, [{ version: 3, position: 8 }])
    await tail.catchUp()
    assert.deepEqual(faultsOf(tail, await everything(store)), noFaults)
  })

  test('commits that are rolled back behind their last step leave neither rows nor a gap', async (t) => {
    const { store, tail } = await open(t)
    for (let n = 0; n < 5; n++) {
      const failing = { ...unit('Some/1', n, 2), statements: [{ sql: 'select 1 / 0', params: [] }] }
      await rejects(store.commit([unit('Other/1'), failing]), 'EW_SQL')
      won(await commitOne(store, unit('Some/1', n)))
      await tail.step()
    }
    await tail.catchUp()
    assert.deepEqual(faultsOf(tail, await everything(store)), noFaults)
    assert.deepEqual([tail.seen.length, await store.log.head(0), await store.log.version('Other/1')], [5, 5, 0])
  })

  for (const [who, where] of [
    ['a transaction that has written in the same database holds', 'here'],
    ['a transaction that has written in another database of the server holds', 'elsewhere'],
    ['sessions with advisory locks hold', 'locks'],
  ] as const)
    test(`${who} up neither commits nor readers`, async (t) => {
      const { store, schema, tail, connect } = await open(t)
      if (where === 'locks') await holdAdvisoryLocks(await connect(), schema)
      else if (where === 'here') await writeAndStay(await connect())
      else await writeAndStay(await connectTo(t, await anotherDatabase(t, postgresUrl()!, `${schema}_other`)))
      for (let n = 0; n < 5; n++) {
        won(await commitOne(store, unit('Some/1', n)))
        assert.equal(await tail.step(), 1)
      }
      assert.deepEqual(faultsOf(tail, await everything(store)), noFaults)
    })
}
