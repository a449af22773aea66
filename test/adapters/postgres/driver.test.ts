import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PostgresDriver } from '../../../src/adapters/postgres/driver.ts'
import { settingsOf } from '../../../src/adapters/postgres/settings.ts'
import { rejects } from '../../../src/testing/contracts/store-case.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

if (postgresUrl() !== undefined)
  test('a connection that breaks within a transaction is told by the next statement, and replaced', async (t) => {
    const driver = await PostgresDriver.create(settingsOf(postgresUrl()!, { poolSize: 1 }))
    t.after(() => driver.close())
    const admin = await connectTo(t, postgresUrl()!)
    const backends = async (pid: number): Promise<number> =>
      (await admin.query('select 1 from pg_stat_activity where pid = $1', [pid])).rows.length
    const broken = driver.transaction(async (transaction) => {
      const pid = (await transaction.all('select pg_backend_pid()'))[0]![0] as number
      await admin.query('select pg_terminate_backend($1)', [pid])
      await until('it is gone', async () => (await backends(pid)) === 0)
      await transaction.all('select 1')
    })
    await rejects(broken, 'EW_STORE_UNREACHABLE')
    assert.deepEqual(await driver.transaction((transaction) => transaction.all('select 2')), [[2]])
  })
