import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from 'pg'
import { start, systemClock } from 'eventwright'
import { qualified } from '../../../src/adapters/postgres/sql-text.ts'
import { migrations, newestFormat } from '../../../src/adapters/postgres/schema.ts'
import { patience } from '../../fixtures/patience.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { all } from '../../runtime/running.fixture.ts'

/** What takes away from those who still run what they know. */
const takesAway =
  /\b(drop|rename|truncate|delete\s+from|alter\s+(table|column)|set\s+not\s+null|create\s+or\s+replace)\b/i

test('every step of the schema has its number, and only adds', () => {
  for (const [index, { format, sql }] of migrations.entries()) {
    assert.equal(format, index + 1)
    if (format > 1) assert.doesNotMatch(sql, takesAway, `format ${format}`)
  }
  assert.match('alter table ew_events drop column id', takesAway)
})

async function storeIdIn(client: Pick<Client, 'query'>, schema: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>(`select value from ${schema}.ew_store where name = 'store_id'`)
  return rows[0]!.value
}

if (postgresUrl() !== undefined) {
  for (const { format } of migrations.slice(0, -1)) {
    test(`a store of format ${format} with events and views is brought up to date and goes on where it was`, async (t) => {
      const [now, before] = [freshPostgres(), freshPostgres()]
      const client = await connectTo(t, postgresUrl()!)
      const writer = await start(shop, { store: now.adapter })
      for (const orderId of ['a', 'b']) await writer.execute(PlaceOrder({ orderId, customer: 'Ada', total: '1' }))
      assert.ok(await writer.caughtUp(patience))
      const stood = await all(writer.events.log())
      await writer.stop()
      // As an older release has left it: its schema, with what stands in the tables that it knows.
      await client.query(`create schema ${before.schema}`)
      for (const step of migrations.filter((each) => each.format <= format))
        await client.query(qualified(step.sql, before.schema))
      for (const table of ['ew_head', 'ew_streams', 'ew_events']) {
        await client.query(`delete from ${before.schema}.${table}`)
        await client.query(`insert into ${before.schema}.${table} select * from ${now.schema}.${table}`)
      }
      const stored = ['store_id', await storeIdIn(client, now.schema), 'format', String(format)]
      await client.query(`insert into ${before.schema}.ew_store values ($1, $2), ($3, $4)`, stored)
      const reader = await start(shop, { store: before.adapter })
      t.after(() => reader.stop())
      await reader.execute(PlaceOrder({ orderId: 'c', customer: 'Ada', total: '1' }))
      assert.ok(await reader.caughtUp(patience))
      const found = await all(reader.events.log())
      assert.deepEqual(found.slice(0, stood.length), stood)
      assert.deepEqual(
        found.map(({ position }) => position),
        found.map((_, index) => index + 1),
      )
      assert.deepEqual(
        (await reader.views.orders.find()).map(({ orderId }) => orderId),
        ['a', 'b', 'c'],
      )
      for await (const step of reader.inspect.verify()) assert.deepEqual(step.findings, [])
      const { rows: told } = await client.query(`select value from ${before.schema}.ew_store where name = 'format'`)
      assert.deepEqual(told, [{ value: String(newestFormat) }])
    })
  }

  test('a store of a format that is not known yet is refused, and left as it is', async (t) => {
    const { schema, adapter } = freshPostgres()
    const client = await connectTo(t, postgresUrl()!)
    await (await adapter.open({ clock: systemClock })).close()
    const newer = String(newestFormat + 1)
    await client.query(`update ${schema}.ew_store set value = $1 where name = 'format'`, [newer])
    await assert.rejects(adapter.open({ clock: systemClock }), { code: 'EW_STORE_NEWER' })
    await assert.rejects(start(shop, { store: adapter }), { code: 'EW_STORE_NEWER' })
    const { rows } = await client.query(`select value from ${schema}.ew_store where name = 'format'`)
    assert.deepEqual(rows, [{ value: newer }])
  })
}
