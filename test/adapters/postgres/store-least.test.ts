import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { patience } from '../../fixtures/patience.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { postgresRole } from '../../fixtures/postgres-role.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { running, until } from '../../runtime/running.fixture.ts'

if (postgresUrl() !== undefined) {
  test('a system whose tables are there needs no right to make or change any', async (t) => {
    const { adapter, schema } = freshPostgres()
    const maker = await start(shop, { store: adapter })
    await maker.execute(PlaceOrder({ orderId: 'a', customer: 'Ada', total: '1' }))
    assert.ok(await maker.caughtUp(patience))
    await maker.stop()
    const role = await postgresRole(t, postgresUrl()!)
    const admin = await connectTo(t, postgresUrl()!)
    const name = new URL(role.url).username
    await admin.query(`grant usage on schema ${schema} to ${name}`)
    await admin.query(`grant select, insert, update, delete on all tables in schema ${schema} to ${name}`)
    const plain = await connectTo(t, role.url)
    await assert.rejects(plain.query(`create table ${schema}.mine (id int)`), /permission denied/)
    await assert.rejects(plain.query(`alter table ${schema}.ew_events add column mine int`), /must be owner/)
    const open = await running(t, shop, { store: postgres(role.url, { schema, poolSize: 4 }) })
    await open.execute(PlaceOrder({ orderId: 'b', customer: 'Bob', total: '2' }))
    assert.ok(await open.caughtUp(patience))
    const rows = await open.views.orders.find()
    assert.deepEqual(
      rows.map(({ orderId, status }) => [orderId, status]),
      [
        ['a', 'shipped'],
        ['b', 'shipped'],
      ],
    )
    await open.stop()
  })

  test('a process that can hear nobody finds what others have stored by asking', async (t) => {
    const { adapter, url, schema } = freshPostgres()
    const writer = await running(t, shop, { store: adapter })
    const listenUrl = 'postgres://nobody@127.0.0.1:1/nowhere'
    const deaf = await running(t, shop, { store: postgres(url, { schema, poolSize: 4, listenUrl }) })
    await writer.execute(PlaceOrder({ orderId: 'a', customer: 'Ada', total: '1' }))
    // Each process feeds its own live view from the log.
    await until('it has come', async () => (await deaf.views.ordersLive.get('a')) !== undefined)
  })
}
