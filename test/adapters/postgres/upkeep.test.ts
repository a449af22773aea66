import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { dropPostgres } from 'eventwright/postgres'
import { pendingPostgres } from '../../../src/adapters/postgres/upkeep.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

/** Runs SQL and answers the first value of the last row. */
async function sql(text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: postgresUrl()! })
  await client.connect()
  try {
    const results = [await client.query({ text, rowMode: 'array' })].flat()
    return (results.at(-1) as { rows: unknown[][] }).rows.at(-1)?.[0]
  } finally {
    await client.end()
  }
}

const exists = async (schema: string): Promise<boolean> =>
  (await sql(`select count(*)::int from pg_namespace where nspname = '${schema}'`)) === 1

if (postgresUrl() !== undefined) {
  test('what is pending is the very SQL that makes the store, and looking at it changes nothing', async () => {
    const { adapter, url, schema } = freshPostgres()
    const pending = await pendingPostgres(url, { schema })
    assert.deepEqual([pending.format, pending.store], [0, adapter.name])
    assert.equal(await exists(schema), false)
    await sql(['begin;', ...pending.statements, 'commit;'].join('\n'))
    const { statements, format, newestFormat } = await pendingPostgres(url, { schema })
    assert.deepEqual([statements, format], [[], newestFormat])
    const store = await adapter.open({ clock: systemClock })
    assert.match(store.storeId, /^[0-9a-f-]{36}$/)
    assert.equal(await store.log.head(0), 0)
    await store.close()
  })

  test('processes that make one store at once end with one store', async () => {
    const { adapter } = freshPostgres()
    const stores = await Promise.all(Array.from({ length: 6 }, () => adapter.open({ clock: systemClock })))
    assert.equal(new Set(stores.map(({ storeId }) => storeId)).size, 1)
    for (const store of stores) await store.close()
  })

  test('a store is dropped with all that is in it, and what is absent or empty is left as it is', async () => {
    const { adapter, url, schema } = freshPostgres()
    await dropPostgres(url, { schema })
    await (await adapter.open({ clock: systemClock })).close()
    assert.equal(await exists(schema), true)
    await dropPostgres(url, { schema })
    assert.equal(await exists(schema), false)
    await sql(`create schema ${schema}`)
    await dropPostgres(url, { schema })
    assert.equal(await exists(schema), true)
  })

  test('a schema in which others keep something is not dropped', async () => {
    const { adapter, url, schema } = freshPostgres()
    await sql(`create schema ${schema}; create table ${schema}.notes (text text)`)
    const refused = (message: RegExp) => (error: Error & { code?: string }) => {
      assert.equal(error.code, 'EW_CONFIG')
      assert.match(error.message, message)
      return true
    }
    await assert.rejects(dropPostgres(url, { schema }), refused(/is no Eventwright store, .* there is "notes"\./))
    await (await adapter.open({ clock: systemClock })).close()
    await assert.rejects(dropPostgres(url, { schema }), refused(/holds more than an Eventwright store, .*"notes"\./))
    await sql(`drop table ${schema}.notes; create function ${schema}.mine() returns int language sql as 'select 1'`)
    await assert.rejects(dropPostgres(url, { schema }), refused(/holds more than an Eventwright store, .*"mine"\./))
    assert.equal(await sql(`select ${schema}.mine()`), 1)
  })
}
