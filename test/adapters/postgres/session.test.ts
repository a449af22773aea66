import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError, systemClock } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { storeFault } from '../../../src/adapters/postgres/faults.ts'
import { runRecorded } from '../../../src/adapters/postgres/recorded-sql.ts'
import { newId } from '../../../src/base/ids.ts'
import type { Store } from '../../../src/ports/store.ts'
import { commitOne, event, inbox, put, rejects, table, unit, won } from '../../../src/testing/contracts/store-case.ts'
import { optionsProxy } from '../../fixtures/options-proxy.ts'
import { anotherDatabase, connectTo } from '../../fixtures/postgres-clients.ts'
import { postgresRole } from '../../fixtures/postgres-role.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

/** Settings that a role may have, each of which changes what a statement means or how its result is written. */
const odd = {
  default_transaction_isolation: 'serializable',
  synchronous_commit: 'off',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  bytea_output: 'escape',
  extra_float_digits: '-10',
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'iso_8601',
  TimeZone: 'Asia/Kathmandu',
  jit: 'on',
  jit_above_cost: '0',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  default_transaction_deferrable: 'on',
  check_function_bodies: 'off',
  client_encoding: 'LATIN1',
  escape_string_warning: 'off',
  lock_timeout: '1',
}

const parts = table('view_things_1', {
  columns: [
    { name: 'name', kind: 'text', nullable: true },
    { name: 'ratio', kind: 'real', nullable: true },
    { name: 'raw', kind: 'bytes', nullable: true },
  ],
  indexes: [],
})

const open = (url: string, schema: string): Promise<Store> => postgres(url, { schema }).open({ clock: systemClock })

const settingsOf = async (store: Store): Promise<unknown> =>
  (
    await store.query(
      `select current_setting('default_transaction_isolation') as isolation, current_setting('search_path') as path,
         current_setting('synchronous_commit') as durable`,
      [],
    )
  )[0]

test('a transaction that the server ends for its time is not the fault of the statement that stood in it', async () => {
  for (const [code, as] of [
    ['25P04', 'EW_STORE_UNREACHABLE'],
    ['25P03', 'EW_STORE_UNREACHABLE'],
    ['25001', 'EW_SQL'],
  ] as const) {
    const ended = async (): Promise<never> => {
      throw storeFault(Object.assign(new Error('terminating connection'), { code }), 'it')
    }
    const statements = { all: ended, run: ended, once: ended, textsOf: '' }
    await rejects(runRecorded(statements, [{ sql: 'select 1', params: [] }]), as)
  }
})

if (postgresUrl() !== undefined) {
  test('settings of a role by which data would be others are overruled, and those of the address stay', async (t) => {
    const { schema } = freshPostgres()
    const { url } = await postgresRole(t, postgresUrl()!, { ...odd, search_path: 'nowhere' })
    const store = await open(`${url}?options=-csearch_path%3Delsewhere`, schema)
    t.after(() => store.close())
    const wanted = { isolation: 'read committed', path: 'elsewhere', durable: 'on' }
    assert.deepEqual(await settingsOf(store), wanted)
    await store.views.ensure(parts)
    const row = { name: `a\\'b\\\\c'd\u{1F600}`, ratio: 0.1 + 0.2, raw: new Uint8Array([0, 92, 120, 255]) }
    won(
      await commitOne(store, {
        inbox: [inbox('k')],
        rows: [put('k\\', row, { guard: 0 }), put('k\\', row)],
      }),
    )
    assert.deepEqual(await store.query(`select '\\' as one, 'a''b' as two`, []), [{ one: '\\', two: "a'b" }])
    const [found] = await store.views.get(parts, ['k\\'])
    assert.deepEqual(found?.row, row)
    const data = `{"text":"\\\\ \\u00e9 é \u{1F600}"}`
    won(await commitOne(store, unit('Odd\\/1', 'noStream', [event({ data })])))
    won(await commitOne(store, { ...unit('Odd\\/1', 1, [event({ data })]), inbox: [inbox('l')] }))
    for (const one of await store.log.readStream({ stream: 'Odd\\/1', limit: 9 })) assert.equal(one.data, data)
  })

  test('units of many connections meet also where the isolation of a role would refuse them', async (t) => {
    const { schema } = freshPostgres()
    const { url } = await postgresRole(t, postgresUrl()!, { default_transaction_isolation: 'repeatable read' })
    const stores = [await open(url, schema), await open(url, schema)]
    t.after(() => Promise.all(stores.map((store) => store.close())))
    const rounds = Array.from({ length: 40 }, (_, index) =>
      commitOne(stores[index % 2]!, index % 4 < 2 ? unit('Met/1') : unit('Met/1', 'any', 2)),
    )
    // All of them end before one is judged: what is in flight would keep the stores open.
    const ended = await Promise.allSettled(rounds)
    for (const one of ended) won(one.status === 'fulfilled' ? one.value : assert.fail(String(one.reason)))
    assert.equal(await stores[0]!.log.version('Met/1'), 60)
  })

  test('a role that waits for more than the disk of this server goes on doing so', async (t) => {
    const { schema } = freshPostgres()
    const { url } = await postgresRole(t, postgresUrl()!, {
      synchronous_commit: 'remote_apply',
      default_transaction_isolation: 'serializable',
    })
    const store = await open(url, schema)
    t.after(() => store.close())
    assert.deepEqual(await settingsOf(store), {
      isolation: 'read committed',
      path: '"$user", public',
      durable: 'remote_apply',
    })
  })

  for (const [way, does] of [
    ['drops', 'keeps to itself'],
    ['refuses', 'refuses'],
  ] as const)
    test(`what a pooler ${does} is not overruled, so such a role is refused, and others work through it`, async (t) => {
      const { schema } = freshPostgres()
      const { url, set } = await postgresRole(t, postgresUrl()!, { synchronous_commit: 'off' })
      const pooled = await optionsProxy(t, url, way)
      const refused = open(pooled, schema)
      await assert.rejects(refused, (error) => {
        assert.ok(isEventwrightError(error, 'EW_STORE_UNSUITABLE'), String(error))
        assert.match(error.message, /synchronous_commit is off on every connection, and a store needs on/)
        return true
      })
      await set({ synchronous_commit: null })
      const store = await open(pooled, schema)
      won(await commitOne(store, unit('Pooled/1')))
      await store.close()
    })

  test('a database whose encoding cannot keep every text is refused before anything is made in it', async (t) => {
    // A database takes seconds to make where the disk is slow.
    for (const encoding of process.env['EVENTWRIGHT_THOROUGH'] === '1' ? ['LATIN1', 'SQL_ASCII'] : ['LATIN1']) {
      const name = `ew_${encoding.toLowerCase()}_${newId().slice(0, 8)}`
      const how = `template template0 encoding '${encoding}' lc_collate 'C' lc_ctype 'C'`
      const url = await anotherDatabase(t, postgresUrl()!, name, how)
      await rejects(open(url, 'shop'), 'EW_STORE_UNSUITABLE')
      const client = await connectTo(t, url)
      const { rowCount } = await client.query(`select 1 from pg_namespace where nspname = 'shop'`)
      assert.equal(rowCount, 0)
    }
  })

  test('a server of a version that is too old is refused by its number', async (t) => {
    const { schema } = freshPostgres()
    const { url } = await postgresRole(t, postgresUrl()!)
    // No old server is at hand, so this one is made to say that it is one.
    await (
      await connectTo(t, url)
    ).query(`
      create schema ${schema}_old;
      create function ${schema}_old.current_setting(name text) returns text language sql as
        $$select case name when 'server_version_num' then '130023' else pg_catalog.current_setting(name) end$$`)
    const old = `${url}?options=-csearch_path%3D${schema}_old%2Cpg_catalog`
    await assert.rejects(open(old, schema), (error) => {
      assert.ok(isEventwrightError(error, 'EW_STORE_UNSUITABLE'), String(error))
      assert.match(error.message, /the server has version 13, and a store needs 14 or newer/)
      return true
    })
  })

  test('a database that was set to only read says so, and the store goes on when it writes again', async (t) => {
    const { schema } = freshPostgres()
    const { url, set } = await postgresRole(t, postgresUrl()!)
    await (await open(url, schema)).close()
    await set({ default_transaction_read_only: 'on' })
    const store = await open(url, schema)
    t.after(() => store.close())
    const refused = await commitOne(store, unit('Frozen/1')).catch((error: unknown) => error)
    assert.ok(isEventwrightError(refused, 'EW_STORE_UNREACHABLE'), String(refused))
    assert.match(refused.message, /only reads: .*default_transaction_read_only/)
    assert.equal(await store.log.version('Frozen/1'), 0)
    await set({ default_transaction_read_only: null })
    // Connections that there were keep what they began with, until a write on them fails.
    await until('it writes again', () =>
      commitOne(store, unit('Frozen/1', 0)).then(won, (error: unknown) => {
        assert.ok(isEventwrightError(error, 'EW_STORE_UNREACHABLE'), String(error))
      }),
    )
  })

  test('a transaction of the user whose settings would change what is read is refused by their name', async (t) => {
    const { adapter, url } = freshPostgres()
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const client = await connectTo(t, url)
    for (const [name, bad, good] of [
      ['bytea_output', 'escape', 'hex'],
      ['extra_float_digits', '0', '3'],
      ['standard_conforming_strings', 'off', 'on'],
      ['array_nulls', 'off', 'on'],
    ] as const) {
      await client.query(`begin; set local ${name} = ${bad}`)
      const error: unknown = await store.within!(client).catch((reason: unknown) => reason)
      assert.ok(isEventwrightError(error, 'EW_TRANSACTION'), String(error))
      assert.match(error.message, new RegExp(`${name} is ${bad} in it; say .set local ${name} = `))
      await client.query(`set local ${name} = ${good}`)
      const part = await store.within!(client)
      won(await part.commit(unit('Read/1')))
      await client.query('rollback')
    }
  })
}
