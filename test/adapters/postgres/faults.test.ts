import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { isEventwrightError, systemClock, type ErrorCode } from 'eventwright'
import { postgres, type PostgresOptions } from 'eventwright/postgres'
import { storeFault } from '../../../src/adapters/postgres/faults.ts'
import type { Store } from '../../../src/ports/store.ts'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import { commitOne, unit, won } from '../../../src/testing/contracts/store-case.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { silentProxy } from '../../fixtures/silent-proxy.ts'

/** The error, which must have that code; fails when none comes within a minute. */
async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error = await promise.then(
    (value) => assert.fail(`it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  assert.ok(isEventwrightError(error, code), `expected ${code}, got ${String(error)}`)
  return error
}

interface Held {
  readonly store: Store
  /** The same with the usual limits. */
  readonly usual: Store
  /** Whoever holds the stream `Held/1`. */
  readonly holder: pg.Client
}

/** Short limits may be over before a busy machine has done what they are for. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left--) {
    try {
      return await work()
    } catch (error) {
      const isShort = isEventwrightError(error, 'EW_STORE_UNREACHABLE') || isEventwrightError(error, 'EW_STORE_BUSY')
      if (left === 0 || !isShort) throw error
    }
  }
}

/** A store whose stream `Held/1` is locked by another client. */
async function held(t: TestContext, options: PostgresOptions): Promise<Held> {
  const { url, schema, adapter } = freshPostgres()
  const usual = await adapter.open({ clock: systemClock })
  t.after(() => usual.close())
  const store = await patiently(() => postgres(url, { schema, ...options }).open({ clock: systemClock }))
  t.after(() => store.close())
  const holder = await connectTo(t, postgresUrl()!)
  won(await commitOne(usual, unit('Held/1')))
  await holder.query(`begin; select 1 from ${schema}.ew_streams where stream = 'Held/1' for update`)
  return { store, usual, holder }
}

test('a full disk stores nothing, and a crash for want of room leaves the outcome open, in whatever language it is told', () => {
  const said = (severity: string, file: string): unknown =>
    storeFault(Object.assign(new Error('No space left on device'), { code: '53100', severity, file }), 'it')
  for (const [severity, file, code] of [
    ['ERROR', 'md.c', 'EW_STORE_FULL'],
    ['FEHLER', 'md.c', 'EW_STORE_FULL'],
    ['PANIC', 'fd.c', 'EW_STORE_UNREACHABLE'],
    ['PANIK', 'xlog.c', 'EW_STORE_UNREACHABLE'],
  ] as const)
    assert.ok(isEventwrightError(said(severity, file), code), `${severity} of ${file}`)
})

if (postgresUrl() !== undefined) {
  test('a pool without a free connection is told as busy after the time for connecting, and works on', async (t) => {
    const { store, holder } = await held(t, { poolSize: 1, connectTimeoutMs: 1_000, lockTimeoutMs: 60_000 })
    const holding = commitOne(store, unit('Held/1', 1))
    assert.match((await refused(store.log.head(0), 'EW_STORE_BUSY')).message, /has no connection free in its pool/)
    await refused(store.commit([unit('Free/1')]), 'EW_STORE_BUSY')
    await holder.query('commit')
    assert.equal(won(await holding).appends[0]!.version, 2)
    assert.equal(won(await commitOne(store, unit('Free/1', 0))).appends[0]!.position, 3)
  })

  for (const [what, options, said] of [
    ['the locks of others', { lockTimeoutMs: 1_000 }, /is locked by another transaction/],
    ['the end of a statement', { statementTimeoutMs: 1_000 }, /took longer than the statement may take/],
  ] as const)
    test(`who has waited too long for ${what} hears of a busy store, of which nothing is left`, async (t) => {
      const { store, usual, holder } = await held(t, options)
      const [free, locked] = [unit('Free/1', 0), unit('Held/1', 1)]
      assert.match((await refused(store.commit([free, locked]), 'EW_STORE_BUSY')).message, said)
      assert.deepEqual([await usual.log.version('Free/1'), await usual.log.head(0)], [0, 1])
      // The queue tries again as long as it may.
      const queue = commitQueue(store, systemClock)
      const waiting = Promise.all([queue.commit(free), queue.commit(locked)])
      while (queue.statistics().busyRetries < 2) await systemClock.sleep(5)
      await holder.query('commit')
      assert.deepEqual(
        (await waiting).map((outcome) => won(outcome).appends),
        [[{ version: 1, position: 2 }], [{ version: 2, position: 3 }]],
      )
      await queue.close()
    })

  test('a full disk of the server is told as one, of the commit nothing is left, and later ones go on', async (t) => {
    const { schema, adapter } = freshPostgres()
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const admin = await connectTo(t, postgresUrl()!)
    // The server would say the same of a file that cannot grow.
    await admin.query(`
      create function ${schema}.refuse() returns trigger language plpgsql as
        $$begin raise 'could not extend file' using errcode = 'disk_full'; end$$;
      create trigger refuse before insert on ${schema}.ew_events execute function ${schema}.refuse()`)
    const queue = commitQueue(store, systemClock)
    const refusals = await Promise.all(
      [unit('Some/1', 0), unit('Some/2', 0)].map((each) => refused(queue.commit(each), 'EW_STORE_FULL')),
    )
    for (const { message } of refusals) assert.match(message, /cannot grow: its disk is full/)
    await admin.query(`drop trigger refuse on ${schema}.ew_events; drop function ${schema}.refuse`)
    assert.deepEqual(won(await queue.commit(unit('Some/1', 0))).appends, [{ version: 1, position: 1 }])
    assert.equal(await store.log.version('Some/2'), 0)
    await queue.close()
  })

  test('a connection that has fallen silent is given up, and what was sent over it is done once', async (t) => {
    const { url, schema, adapter } = freshPostgres()
    const direct = await adapter.open({ clock: systemClock })
    t.after(() => direct.close())
    const proxy = await silentProxy(url)
    t.after(() => proxy.close())
    const limits = { poolSize: 2, statementTimeoutMs: 1_000, connectTimeoutMs: 1_000 }
    const store = await patiently(() => postgres(proxy.url, { schema, ...limits }).open({ clock: systemClock }))
    const queue = commitQueue(store, systemClock)
    t.after(async () => {
      await queue.close()
      await store.close()
    })
    proxy.silence()
    assert.equal(won(await queue.commit(unit('Silent/1', 0, 2))).replay, true)
    proxy.silence()
    await refused(store.query('select 1', []), 'EW_STORE_UNREACHABLE')
    const version = await patiently(() => store.log.version('Silent/1'))
    assert.deepEqual([version, await direct.log.head(0)], [2, 2])
  })

  test('a database that is not there is named, with what to do', async () => {
    const place = new URL(postgresUrl()!)
    place.pathname = '/ew_not_there'
    const error = await refused(postgres(place.href).open({ clock: systemClock }), 'EW_STORE_FAILED')
    assert.match(error.message, /ew_not_there does not exist: create the database, or name another in the address/)
    if (place.password !== '') assert.ok(!error.message.includes(place.password))
  })
}

test('where nobody listens the store cannot be reached', async () => {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  const opening = postgres(`postgres://user:secret@127.0.0.1:${port}/shop`).open({ clock: systemClock })
  const { message } = await refused(opening, 'EW_STORE_UNREACHABLE')
  assert.match(message, /cannot be reached \(ECONNREFUSED\)/)
  assert.ok(!message.includes('secret'))
})

test('a server that takes the connection and says nothing cannot be reached', async (t) => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)))
  const port = await listen(server)
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const opening = postgres(`postgres://user:secret@127.0.0.1:${port}/shop`, { connectTimeoutMs: 100 })
  await refused(opening.open({ clock: systemClock }), 'EW_STORE_UNREACHABLE')
})

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}
