import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgres } from 'eventwright/postgres'
import { systemClock } from '../../src/base/clock.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { folderFor } from '../fixtures/folder.ts'
import { commandProcess, line, lineWith, shopModule } from './line.fixture.ts'

const errorOf = (err: string): { code: string; message: string } => JSON.parse(err).error

test('a schema for a SQLite file is a wrong call, and one in the environment is for PostgreSQL alone', async (t) => {
  const folder = folderFor(t)
  const wrong = await line(folder, 'lag', '--store', 'shop.db', '--schema', 'shop')
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /^error: --schema is for a store in PostgreSQL/)
  const env = { EVENTWRIGHT_SCHEMA: 'shop' }
  const absent = await lineWith({ folder, env }, 'lag', '--store', 'shop.db', '--json')
  assert.match(errorOf(absent.err).message, /There is no file/)
})

test('a number of buckets that cannot be is refused, whether it comes from the environment or not', async (t) => {
  for (const count of ['3', 'many', '0.5', '-16']) {
    const env = { EVENTWRIGHT_BUCKETS: count }
    const { code, err } = await lineWith(
      { folder: folderFor(t), env },
      'lag',
      '--store',
      'postgres://db/shop',
      '--json',
    )
    assert.equal(code, 1)
    assert.match(errorOf(err).message, /^EW_CONFIG: The setting buckets.projections /)
  }
})

test('no store at all is a wrong call that says what can be one', async (t) => {
  const { code, err } = await lineWith({ folder: folderFor(t), env: { EVENTWRIGHT_STORE: '' } }, 'lag', '--store', '')
  assert.equal(code, 2)
  assert.match(err, /^error: no store: use --store FILE, --store postgres:\/\/… or set EVENTWRIGHT_STORE\n/)
})

test('a bad address, a bad schema and a server that is not there are told without the password', async (t) => {
  const folder = folderFor(t)
  const cases: readonly (readonly [store: string, schema: string, code: string, says: RegExp])[] = [
    ['postgres://me:se/cret@127.0.0.1/db', 'a', 'EW_CONFIG', /is no URL/],
    ['postgres:me:secret@127.0.0.1/db', 'a', 'EW_CONFIG', /begins with postgres:\/\//],
    ['POSTGRES://me:secret@127.0.0.1/db', 'a', 'EW_CONFIG', /begins with postgres:\/\//],
    ['postgres://me:secret@127.0.0.1/db\0', 'a', 'EW_CONFIG', /is no URL/],
    ['postgres://me:secret@127.0.0.1/db', 'a b', 'EW_CONFIG', /The schema "a b" needs letters/],
    ['postgres://me:secret@127.0.0.1:1/db', 'a', 'EW_STORE_UNREACHABLE', /postgres 127\.0\.0\.1:1\/db \(schema a\)/],
  ]
  for (const command of [['lag'], ['migrate'], ['migrate', '--dry-run'], ['start', '--system', shopModule]]) {
    for (const [store, schema, code, says] of cases) {
      const json = await line(folder, ...command, '--store', store, '--schema', schema, '--json')
      assert.deepEqual([json.code, errorOf(json.err).code], [1, code], `${command.join(' ')} ${store}`)
      assert.match(errorOf(json.err).message, says)
      const people = await line(folder, ...command, '--store', store, '--schema', schema)
      assert.match(people.err, says)
      for (const { out, err } of [json, people]) assert.doesNotMatch(out + err, /secret|se\/cret/)
    }
  }
})

const url = postgresUrl()
if (url !== undefined) {
  const secret = `:${new URL(url).password}@`

  test('looking makes neither a schema nor a store', async (t) => {
    const { schema } = freshPostgres()
    const folder = folderFor(t)
    const looks = [
      ['lag'],
      ['store', 'streams'],
      ['store', 'read'],
      ['store', 'verify'],
      ['views', 'status'],
      ['sagas', 'list'],
    ]
    for (const command of looks) {
      const { code, out, err } = await line(folder, ...command, '--store', url, '--schema', schema, '--json')
      assert.deepEqual([code, out, errorOf(err).code], [1, '', 'EW_CONFIG'], command.join(' '))
      assert.match(errorOf(err).message, new RegExp(`There is no store in postgres .*\\(schema ${schema}\\)`))
      assert.ok(!err.includes(secret))
    }
    await assert.rejects(postgres(url, { schema, migrate: false }).open({ clock: systemClock }), /has format 0/)
  })

  test('a database that is not there is told by name, and no password is shown, not even a wrong one', async (t) => {
    const folder = folderFor(t)
    const [absent, wrong] = [new URL(url), new URL(url)]
    absent.pathname = '/no_such_database'
    wrong.password = 'not-the-password'
    const one = await line(folder, 'lag', '--store', absent.href, '--json')
    assert.equal(errorOf(one.err).code, 'EW_STORE_FAILED')
    assert.match(errorOf(one.err).message, /The store postgres .*\/no_such_database does not exist/)
    const { schema } = freshPostgres()
    const other = await line(folder, 'lag', '--store', wrong.href, '--schema', schema)
    assert.equal(other.code, 1)
    for (const { err } of [one, other]) assert.ok(!err.includes(secret) && !err.includes('not-the-password'))
  })

  test('a system started on a schema is seen there by every command, with the settings of the environment', async (t) => {
    const { schema } = freshPostgres()
    const folder = folderFor(t)
    const choice = ['--store', url, '--schema', schema]
    const running = commandProcess(t, folder, 'start', '--system', shopModule, ...choice)
    await running.until(/runs in mode production on postgres/)
    const env = { EVENTWRIGHT_STORE: url, EVENTWRIGHT_SCHEMA: schema }
    const views = await lineWith({ folder, env }, 'views', 'list', '--json')
    assert.deepEqual(
      JSON.parse(views.out).map(({ view }: { view: string }) => view),
      ['orders', 'ordersInline'],
    )
    const rebuilt = await lineWith({ folder, env }, 'views', 'rebuild', 'orders', '--system', shopModule, '--json')
    assert.deepEqual(JSON.parse(rebuilt.out), { view: 'orders', generation: 2, finished: true })
    assert.equal((await lineWith({ folder, env }, 'store', 'verify')).out, '0 events read, 0 findings\n')
    assert.match((await lineWith({ folder, env }, 'lag')).out, /^view:orders#2 /m)
    running.kill('SIGTERM')
    assert.equal(await running.ended, 0, running.said().err)
    assert.ok(!Object.values(running.said()).join().includes(secret))
  })
}
