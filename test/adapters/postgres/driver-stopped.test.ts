import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from 'eventwright'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import { append, event } from '../../../src/testing/contracts/store-case.ts'
import { startChild } from '../../fixtures/child.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

// The SQL takes five seconds, and the server ends what stands idle after two; the rest is for a busy machine, and far
// from the 30 s of others.
const longestMs = 20_000

if (postgresUrl() !== undefined)
  test('whoever is stopped in the middle of a commit keeps nobody from theirs, and is told rightly', async (t) => {
    const { url, schema, adapter } = freshPostgres()
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const client = await connectTo(t, url)
    const child = startChild('stalling-process', url, schema)
    t.after(() => child.process.kill('SIGKILL'))
    const sleeps = `select 1 from pg_stat_activity where query = 'select pg_sleep(5)'
      and pid in (select pid from pg_locks where relation = '${schema}.ew_head'::regclass)`
    await until('it is at its recorded SQL', async () => (await client.query(sleeps)).rowCount === 1)
    child.process.kill('SIGSTOP')
    const queue = commitQueue(store, systemClock)
    t.after(() => queue.close())
    const from = performance.now()
    const { ok } = await queue.commit({ appends: [append('Other/1', 'any', [event()])] })
    const waitedMs = performance.now() - from
    assert.ok(ok)
    assert.ok(waitedMs < longestMs, `the other one waited ${waitedMs} ms`)
    t.diagnostic(`the other one waited ${Math.round(waitedMs)} ms`)
    child.process.kill('SIGCONT')
    assert.equal(await child.ended, 0)
    assert.deepEqual(child.lines, ['begun', 'won'])
    assert.equal(await store.log.version('Stalled/1'), 1)
    assert.equal(await store.log.head(0), 2)
  })
