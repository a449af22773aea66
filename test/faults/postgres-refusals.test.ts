import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { isEventwrightError, systemClock, type ErrorCode } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import type { Store } from '../../src/ports/store.ts'
import { commitQueue } from '../../src/runtime/commits/queue.ts'
import { commitOne, unit, won } from '../../src/testing/contracts/store-case.ts'
import { connectTo } from '../fixtures/postgres-clients.ts'
import { hasPostgres, privatePostgres } from '../fixtures/private-postgres.ts'
import { until } from '../runtime/running.fixture.ts'

/** What it says, which must be an error with that code. */
async function refusal(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error = await promise.then(
    (value) => assert.fail(`it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  assert.ok(isEventwrightError(error, code), `expected ${code}, got ${String(error)}`)
  return error.message
}

async function openStore(t: TestContext, url: string): Promise<Store> {
  const store = await postgres(url).open({ clock: systemClock })
  t.after(() => store.close())
  return store
}

if (hasPostgres) {
  test('a wrong password and an unknown user are told with what to do, and never with the password', async (t) => {
    const { url } = await privatePostgres(t)
    const right = new URL(url)
    for (const [part, value] of [
      ['password', 'guessed-wrong'],
      ['username', 'nobody-here'],
    ] as const) {
      const place = new URL(url)
      place[part] = value
      const said = await refusal(postgres(place.href).open({ clock: systemClock }), 'EW_STORE_FAILED')
      assert.match(said, /refuses the user or the password: check both in the address/)
      for (const secret of [right.password, place.password]) assert.ok(!said.includes(secret), 'a password is shown')
    }
  })

  test('a server that only reads is one that cannot be reached for commits, until it writes again', async (t) => {
    const { url } = await privatePostgres(t)
    const store = await openStore(t, url)
    const admin = await connectTo(t, url)
    await admin.query('set default_transaction_read_only = off')
    won(await commitOne(store, unit('Some/1', 0)))
    await setting(admin, store, 'on')
    assert.match(await refusal(store.commit([unit('Some/1', 1)]), 'EW_STORE_UNREACHABLE'), /only reads/)
    assert.equal(await store.log.version('Some/1'), 1)
    const queue = commitQueue(store, systemClock)
    const waiting = queue.commit(unit('Some/1', 1))
    await until('it was tried again', () => queue.statistics().busyRetries >= 2)
    await setting(admin, store, 'off')
    assert.deepEqual(won(await waiting).appends, [{ version: 2, position: 2 }])
    await queue.close()
  })

  test('a server that takes no more connections is busy, and is used again when it does', async (t) => {
    const { url } = await privatePostgres(t)
    await (await postgres(url).open({ clock: systemClock })).close()
    const admin = await connectTo(t, url)
    await admin.query(`
      create role shopkeeper login password 'open-sesame' connection limit 1;
      grant usage on schema eventwright to shopkeeper;
      grant all on all tables in schema eventwright to shopkeeper`)
    const place = Object.assign(new URL(url), { username: 'shopkeeper', password: 'open-sesame' })
    const store = await openStore(t, place.href)
    won(await commitOne(store, unit('Some/1', 0)))
    // The pool has one connection now; a second is refused while the first is held.
    const slow = store.query(`select pg_sleep(60)`, [])
    slow.catch(() => undefined)
    await until('the only connection is held', async () => (await sleeping(admin)).length === 1)
    const said = await refusal(store.commit([unit('Some/1', 1)]), 'EW_STORE_BUSY')
    assert.match(said, /has no connection left/)
    assert.ok(!said.includes('open-sesame'))
    const queue = commitQueue(store, systemClock)
    const waiting = queue.commit(unit('Some/1', 1))
    await until('it was tried again', () => queue.statistics().busyRetries >= 2)
    await admin.query('select pg_cancel_backend($1)', [(await sleeping(admin))[0]])
    await refusal(slow, 'EW_STORE_BUSY')
    assert.equal(won(await waiting).appends[0]!.version, 2)
    await queue.close()
  })
}

/** Sets whether the server only reads, and waits until the sessions of the store have heard of it. */
async function setting(admin: pg.Client, store: Store, value: 'on' | 'off'): Promise<void> {
  await admin.query(`alter system set default_transaction_read_only = ${value}`)
  await admin.query('select pg_reload_conf()')
  const show = `select current_setting('default_transaction_read_only') as value`
  await until('the setting is heard of', async () => (await store.query(show, []))[0]?.['value'] === value)
}

async function sleeping(admin: pg.Client): Promise<readonly number[]> {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where usename = 'shopkeeper' and query like '%pg_sleep%' and state = 'active'`,
  )
  return rows.map(({ pid }) => pid)
}
