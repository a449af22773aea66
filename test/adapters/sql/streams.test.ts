import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemClock } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import type { Expected, Outcome } from '../../../src/ports/unit-of-work.ts'
import { append, commitOne, won } from '../../../src/testing/contracts/store-case.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { roundsOf } from '../../fixtures/torture.ts'
import { until } from '../../runtime/running.fixture.ts'
import { opened, ann } from '../../runtime/streams/streams.fixture.ts'
import { appending } from '../../runtime/units.fixture.ts'

const writers = 8
const expectations: readonly Expected[] = ['any', 'streamExists']

/** Appends until the stream is closed; answers how many events were acknowledged. */
async function write(store: Store, stream: string, writer: number): Promise<number> {
  for (let acknowledged = 0, n = 0; ; n++) {
    const events = 1 + ((writer + n) % 3)
    const unit = appending(stream, expectations[n % 2], events, '{"name":"Ann"}')
    // Some alone, which takes the short way, others together with a unit that has nothing to do with it.
    const batch = n % 3 === 0 ? [appending(`Other/${writer}`), unit] : [unit]
    const outcome = (await store.commit(batch)).at(-1)!
    if (outcome.ok) acknowledged += events
    else if (outcome.reason === 'closed') return acknowledged
    else throw new Error(JSON.stringify(outcome))
  }
}

if (postgresUrl() !== undefined) {
  test('appends that race a deletion are all before it or refused, and none leaves data behind it', async (t) => {
    const { adapter } = freshPostgres()
    const stores = [await opened(t, adapter), await opened(t, adapter)] as const
    const patient = stores[0]
    for (let round = 0; round < roundsOf(20, 300); round++) {
      const stream = `Order/${round}`
      won(await commitOne(patient, appending(stream)))
      const writing = Array.from({ length: writers }, (_, writer) => write(stores[writer % 2]!, stream, writer))
      await systemClock.sleep(round % 5)
      const [deleted, ...acknowledged] = await Promise.all([stores[round % 2]!.orders.delete(stream, ann), ...writing])
      const events = await patient.log.readStream({ stream, limit: 100_000 })
      assert.equal(events.length, 1 + acknowledged.reduce((sum, each) => sum + each, 0))
      assert.deepEqual([deleted.version, (await patient.streams.get(stream))?.version], [events.length, events.length])
      assert.deepEqual(
        events.filter((each) => !each.deleted || each.data !== 'null'),
        [],
      )
    }
  })

  test('what waits for the lock of a stream finds it closed, by whichever way it came', async (t) => {
    const { adapter, url, schema } = freshPostgres()
    const store = await opened(t, adapter)
    const watcher = await connectTo(t, url)
    for (const [n, expected] of (['any', 'streamExists', 1, 'noStream'] as const).entries()) {
      const stream = `Order/${n}`
      won(await commitOne(store, appending(stream)))
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      t.after(() => client.end())
      await client.query('begin')
      await client.query(`update ${schema}.ew_streams set part = part + 4 where stream = $1`, [stream])
      const waiting: Promise<readonly Outcome[]>[] = [
        store.commit([appending(stream, expected)]),
        store.commit([appending(stream, expected, 2)]),
        store.commit([{ appends: [append(stream, 'streamExists', 0), append('Other/1', 'any')] }]),
      ]
      const locked = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ~ '${schema}.*ew_'`
      await until('all wait', async () => (await watcher.query(locked)).rowCount === waiting.length)
      await client.query('commit')
      for (const [outcome] of await Promise.all(waiting))
        assert.deepEqual(outcome, { ok: false, reason: 'closed', stream, status: 'deleted' })
    }
  })
}
