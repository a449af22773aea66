import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { memory } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { newId } from '../../../src/base/ids.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { anotherDatabase, connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { bank, Count, Deposit, Open } from '../bank.fixture.ts'
import { running } from '../running.fixture.ts'
import { house, ownHouse, refused } from './within.fixture.ts'

const count = Count({ id: 'c' })

test('stores that have no transactions of others say so at once', async (t) => {
  for (const store of [memory(), sqlite(join(folderFor(t), 'store.db'))]) {
    const open = await running(t, bank, { store })
    assert.throws(() => open.withTransaction({ query: () => assert.fail('it was asked') }), {
      code: 'EW_TRANSACTION_UNSUPPORTED',
    })
  }
})

if (postgresUrl() !== undefined) {
  test('a client without a transaction, or with one that failed or only reads, is refused with its reason', async (t) => {
    const { open, client: connect, begun, url } = await ownHouse(t)
    const client = await connect()
    assert.match(await refused(open.withTransaction(client).execute(count), 'EW_TRANSACTION'), /no open transaction/)
    const pool = new pg.Pool({ connectionString: url })
    t.after(() => pool.end())
    assert.match(await refused(open.withTransaction(pool).execute(count), 'EW_TRANSACTION'), /a pool never has one/)
    const reading = await connect()
    await reading.query('begin read only')
    assert.match(await refused(open.withTransaction(reading).execute(count), 'EW_TRANSACTION'), /only reads/)
    const late = await begun()
    const tx = open.withTransaction(late)
    await tx.execute(count)
    await late.query('set transaction read only')
    assert.match(await refused(tx.execute(count), 'EW_TRANSACTION'), /only reads/)
    const failed = await begun()
    await assert.rejects(failed.query('select 1 / 0'))
    assert.match(await refused(open.withTransaction(failed).execute(count), 'EW_TRANSACTION'), /has failed before/)
    await assert.rejects(late.query('select 1 / 0'))
    assert.match(await refused(tx.execute(count), 'EW_TRANSACTION'), /has failed before/)
  })

  test('a client of another store, another database or a copy of this one is refused and stays usable', async (t) => {
    const { open, schema, url } = await ownHouse(t)
    const other = await ownHouse(t)
    const beside = await anotherDatabase(t, postgresUrl()!, `ew_beside_${newId().slice(0, 8)}`)
    const copy = await anotherDatabase(t, postgresUrl()!, `ew_copy_${newId().slice(0, 8)}`)
    const { rows } = await (
      await connectTo(t, url)
    ).query(`select value from ${schema}.ew_store where name = 'store_id'`)
    const copied = await connectTo(t, copy)
    await copied.query(`create schema ${schema}; create table ${schema}.ew_store (name text, value text)`)
    await copied.query(`insert into ${schema}.ew_store values ('store_id', '${rows[0].value}')`)
    for (const place of [beside, copy]) {
      const client = await connectTo(t, place)
      await client.query('begin')
      const said = await refused(open.withTransaction(client).execute(count), 'EW_TRANSACTION')
      assert.match(said, /connected to another database/)
      await client.query('create table still_usable (id int)')
      await client.query('commit')
    }
    // The same database is the right one, whatever other stores are in it.
    const client = await other.begun()
    await open.withTransaction(client).execute(count)
    await client.query('commit')
    assert.equal((await open.execute(count)).events[0]?.version, 2)
    assert.equal((await other.open.execute(count)).events[0]?.version, 1)
  })

  test('a store in the same database that was thrown away is not taken for another one', async (t) => {
    const { adapter, schema, url } = freshPostgres()
    const open = await running(t, house, { store: adapter })
    const client = await connectTo(t, url)
    await client.query(`update ${schema}.ew_store set value = '${newId()}' where name = 'store_id'`)
    await client.query('begin')
    assert.match(await refused(open.withTransaction(client).execute(count), 'EW_TRANSACTION'), /another database/)
    await client.query('rollback')
  })

  test('what is no client, does not do as it is told or is closed is refused', async (t) => {
    const { open, client: connect, begun } = await ownHouse(t)
    for (const nothing of [undefined, null, {}, 7])
      await refused(open.withTransaction(nothing as never).execute(count), 'EW_TRANSACTION')
    const inner = await begun()
    const objects = { query: ({ text, values }: { text: string; values: unknown[] }) => inner.query(text, values) }
    const said = await refused(open.withTransaction(objects as never).execute(count), 'EW_TRANSACTION')
    assert.match(said, /rows as arrays/)
    await open.withTransaction(inner).execute(count)
    await inner.query('commit')
    const closed = await connect()
    await closed.query('begin')
    const tx = open.withTransaction(closed)
    await tx.execute(count)
    await closed.end()
    const gone = await refused(tx.execute(count), 'EW_STORE_UNREACHABLE')
    assert.match(gone, /nothing of it is stored/)
    await refused(open.withTransaction(closed).execute(count), 'EW_STORE_UNREACHABLE')
    assert.equal((await open.execute(count)).events[0]?.version, 2)
  })

  test('after the stop of the system nothing more goes into a transaction, which its owner can still commit', async (t) => {
    const { open, begun, notes, look } = await ownHouse(t)
    const client = await begun()
    const tx = open.withTransaction(client)
    await tx.execute(count)
    await open.stop()
    await refused(tx.execute(count), 'EW_CLOSED')
    tx.committed()
    await client.query('commit')
    assert.deepEqual([await notes(), await look('select version::int from ew.ew_streams where part = 0')], [1, [1]])
  })

  test('whoever may not write into the tables of the store is told so', async (t) => {
    const { open, client: connect, url } = await ownHouse(t)
    const role = `ew_role_${newId().replaceAll('-', '')}`
    const admin = await connectTo(t, url)
    await admin.query(`create role ${role}`)
    t.after(async () => {
      const last = await connectTo(t, url)
      await last.query(`drop role ${role}`)
    })
    const client = await connect()
    await client.query(`begin; set local role ${role}`)
    assert.match(
      await refused(open.withTransaction(client).execute(Open({ id: 'a', owner: 'a', email: 'a' })), 'EW_STORE_FAILED'),
      /does not allow/,
    )
    await client.query('reset role')
    await open.withTransaction(client).execute(Open({ id: 'a', owner: 'a', email: 'a' }))
    await client.query('commit')
    assert.deepEqual((await open.execute(Deposit({ id: 'a', amount: 1 }))).reply, { balance: 1 })
  })
}
