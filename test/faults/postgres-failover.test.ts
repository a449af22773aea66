import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { systemClock } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { assertAcknowledged } from '../fixtures/acknowledged.ts'
import { chance } from '../fixtures/chance.ts'
import { startChild } from '../fixtures/child.ts'
import { connectTo } from '../fixtures/postgres-clients.ts'
import { postgresStandby } from '../fixtures/postgres-standby.ts'
import { hasPostgres, privatePostgres } from '../fixtures/private-postgres.ts'
import { until } from '../runtime/running.fixture.ts'

const patienceMs = 60_000

if (hasPostgres)
  test('a primary is killed under load and its standby takes its place: nothing acknowledged is lost', async (t) => {
    const primary = await privatePostgres(t)
    const store = await postgres(primary.url).open({ clock: systemClock })
    t.after(() => store.close())
    const standby = await postgresStandby(t, primary.url)
    const admin = await connectTo(t, primary.url)
    await admin.query(`alter system set synchronous_standby_names = '*'`)
    await admin.query('select pg_reload_conf()')
    await until('commits wait for the standby', async () => (await isSynchronous(admin)) === true, patienceMs)

    const child = startChild('enduring-process', primary.url, 'eventwright')
    t.after(() => child.process.kill('SIGKILL'))
    const acknowledged = async (more: number): Promise<void> => {
      const goal = child.lines.length + more
      const isThere = (): boolean => child.lines.length >= goal || child.process.exitCode !== null
      await until(`${more} more are acknowledged`, isThere, patienceMs)
      assert.equal(child.process.exitCode, null, 'the writing process has ended')
    }
    await acknowledged(200)
    await sleep(chance() * 100)
    await primary.break('SIGKILL')
    // For a while there is a server again that only reads.
    await standby.takePlace()
    const there = await connectTo(t, primary.url)
    assert.equal((await there.query('select pg_is_in_recovery() as standing')).rows[0].standing, true)
    await there.query('select pg_promote()')
    await acknowledged(200)
    child.process.stdin!.end()
    assert.equal(await child.ended, 0)
    t.diagnostic(`${child.lines.length - 1} acknowledged`)
    await assertAcknowledged(store, child.lines.slice(1))
  })

async function isSynchronous(admin: pg.Client): Promise<boolean> {
  const { rows } = await admin.query<{ sync_state: string }>('select sync_state from pg_stat_replication')
  return rows.some(({ sync_state }) => sync_state === 'sync')
}
