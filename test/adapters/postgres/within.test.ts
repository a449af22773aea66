import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { systemClock } from 'eventwright'
import { postgres, type PostgresOptions } from 'eventwright/postgres'
import type { Store } from '../../../src/ports/store.ts'
import type { StoreWithin } from '../../../src/ports/within.ts'
import { append, commitOne, inbox, put, table, unit, won } from '../../../src/testing/contracts/store-case.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

interface Opened {
  readonly store: Store
  readonly client: pg.Client
  readonly part: StoreWithin
  /** Another process with the store open. */
  another(): Promise<Store>
}

async function begun(t: TestContext, options: PostgresOptions = {}): Promise<Opened> {
  const { url, schema, adapter } = freshPostgres()
  await (await adapter.open({ clock: systemClock })).close()
  const another = async (): Promise<Store> => {
    const store = await postgres(url, { schema, poolSize: 2, ...options }).open({ clock: systemClock })
    t.after(() => store.close())
    return store
  }
  const store = await another()
  const client = await connectTo(t, url)
  await client.query('begin')
  return { store, client, part: await store.within!(client), another }
}

if (postgresUrl() !== undefined) {
  test('a unit that loses in the transaction of another holds nothing for which anybody would wait', async (t) => {
    const { store, client, part } = await begun(t)
    for (const losing of [
      unit('A/1', 3),
      { ...unit('A/1', 3), inbox: [inbox('k')] },
      { appends: [append('A/1', 'any'), append('A/2', 'streamExists')] },
    ])
      assert.equal((await part.commit(losing)).ok, false)
    won(await commitOne(store, { ...unit('A/1', 'noStream'), inbox: [inbox('k')] }))
    won(await part.commit(unit('A/1', 1)))
    await client.query('commit')
    assert.equal(await store.log.version('A/1'), 2)
  })

  test('every section of a unit commits with the transaction, and what it reads it sees before that', async (t) => {
    const { store, client, part } = await begun(t)
    await client.query('rollback')
    const things = table()
    await store.views.ensure(things)
    await client.query('begin; create table own (id int)')
    const timer = { id: 'shop/t', service: 'shop', dueAtMs: 1, command: 'Do', data: '{}', meta: '{}' }
    const message = { id: 'm', service: 'shop', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }
    won(
      await part.commit({
        ...unit('A/1', 'noStream', 2),
        inbox: [inbox('k')],
        rows: [put('r', { size: 2 })],
        statements: [{ sql: 'insert into own values ($1)', params: [7] }],
        snapshots: [{ stream: 'A/1', identity: 'i', version: 2, state: '{}' }],
        outbox: [message],
        timers: [{ kind: 'set', ...timer }],
        parks: [{ kind: 'wait', consumer: 'c', key: 'k', position: 1 }],
      }),
    )
    const seen = async (on: StoreWithin | Store): Promise<unknown[]> => [
      await on.log.head(0),
      (await on.inbox.get('shop', 'commands', 'k'))?.fingerprint,
      (await on.snapshots.get('A/1', 'i'))?.version,
      (await on.views.get(things, ['r'])).length,
      (await on.views.find(things, { where: [{ column: 'size', is: 'eq', value: 2 }], limit: 5 })).length,
    ]
    const nothing = [0, undefined, undefined, 0, 0]
    const all = [2, 'f1', 2, 1, 1]
    assert.deepEqual([await seen(part), await seen(store)], [all, nothing])
    assert.deepEqual(await part.query('select id from own', []), [{ id: 7 }])
    await client.query('commit')
    assert.deepEqual(await seen(store), all)
    assert.deepEqual([(await store.outbox.after(0, 5)).length, (await store.timers.due('shop', 5, 5)).length], [1, 1])
    assert.equal((await store.parked.waiting('c', 'k', 5)).length, 1)
  })

  test('all who listen hear of the commit of the transaction, its own process too, and nobody before or of a rollback', async (t) => {
    const { store, client, part, another } = await begun(t)
    await client.query('rollback')
    const other = await another()
    const heard = [0, 0]
    t.after(store.watch(() => void heard[0]!++))
    t.after(other.watch(() => void heard[1]!++))
    await until('both listen', () => heard.every((count) => count > 0))
    const write = async (end: string): Promise<void> => {
      await client.query('begin')
      won(await part.commit(unit('A/1')))
      await client.query(end)
    }
    for (const ends of [['commit'], ['rollback', 'commit'], ['rollback', 'rollback', 'commit']]) {
      const before = [...heard]
      for (const end of ends) await write(end)
      await until('both have heard', () => heard.every((count, index) => count > before[index]!))
      // Notifications come in order: one of a rollback would have come before that of the commit.
      assert.deepEqual(
        heard,
        before.map((count) => count + 1),
      )
    }
  })

  test('where nobody can listen, who commits can say so', async (t) => {
    const { store, client, part } = await begun(t, { listenUrl: 'postgres://nobody@127.0.0.1:1/nowhere' })
    let heard = 0
    t.after(store.watch(() => void heard++))
    won(await part.commit(unit('A/1')))
    await client.query('commit')
    assert.equal(heard, 0)
    part.committed()
    await until('it has heard', () => heard === 1)
  })

  test('once the store is closed nothing more goes through it into a transaction', async (t) => {
    const { store, client, part } = await begun(t)
    won(await part.commit(unit('A/1')))
    await store.close()
    for (const call of [
      () => part.commit(unit('A/1')),
      () => part.log.head(0),
      () => part.now(),
      () => store.within!(client),
    ])
      await assert.rejects(call(), { code: 'EW_CLOSED' })
    await client.query('commit')
  })
}
