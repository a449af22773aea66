import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from 'eventwright'
import { faultsOf, logTail } from '../../fixtures/log-tail.ts'
import { anotherDatabase, connectTo, writeAndStay } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { sequenceLog, type SequenceLog } from '../../fixtures/sequence-log.ts'
import { until } from '../../runtime/running.fixture.ts'

// What the probes of log-tail.test.ts and log-race.test.ts would say of stores that keep their order in another way.

const patienceMs = 60_000

async function makeLog(t: TestContext): Promise<{ readonly log: SequenceLog; readonly schema: string }> {
  const { adapter, url, schema } = freshPostgres()
  await (await adapter.open({ clock: systemClock })).close()
  return { log: await sequenceLog(t, url, schema), schema }
}

if (postgresUrl() !== undefined) {
  test('a reader behind a sequence misses what commits late, and the probe says so', async (t) => {
    const { log } = await makeLog(t)
    const tail = logTail(log.naive)
    const [early, late] = [await log.begin(), await log.begin()]
    await early.append('A/1', 1)
    await late.append('B/1', 1)
    await late.commit()
    await tail.catchUp()
    await early.commit()
    await tail.catchUp()
    assert.deepEqual(faultsOf(tail, await log.all()), { missed: 1, wrong: 0, inverted: 0, gaps: 1 })
  })

  test('a reader behind transaction ids meets a stream in the wrong order, and the probe says so', async (t) => {
    const { log } = await makeLog(t)
    const tail = logTail(log.fenced)
    const [early, late] = [await log.begin(), await log.begin()]
    await early.takeId()
    await late.append('A/1', 1)
    await late.commit()
    await early.append('A/1', 2)
    await early.commit()
    await until('it has read both', async () => (await tail.step(), tail.seen.length === 2), patienceMs)
    assert.deepEqual(faultsOf(tail, await log.all()), { missed: 0, wrong: 0, inverted: 2, gaps: 2 })
  })

  test('a reader behind transaction ids stands still while another database writes', async (t) => {
    const { log, schema } = await makeLog(t)
    const tail = logTail(log.fenced)
    const elsewhere = await anotherDatabase(t, postgresUrl()!, `${schema}_other`)
    const foreign = await writeAndStay(await connectTo(t, elsewhere))
    const writer = await log.begin()
    await writer.append('A/1', 1)
    await writer.commit()
    await tail.catchUp()
    assert.equal(faultsOf(tail, await log.all()).missed, 1)
    await foreign.query('rollback')
    await until('it goes on', async () => (await tail.step()) === 1, patienceMs)
  })
}
