import assert from 'node:assert/strict'
import * as driver from 'node:sqlite'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { boundBytes, SqliteConnection, type Parameter } from '../../../src/adapters/sqlite/driver.ts'
import { isEventwrightError, type ErrorCode } from '../../../src/base/errors.ts'
import { folderFor } from '../../fixtures/folder.ts'

function connection(t: TestContext, file = ':memory:'): SqliteConnection {
  const opened = new SqliteConnection(driver, file, { busyTimeoutMs: 0 })
  t.after(() => opened.close())
  return opened
}

const throws = (work: () => unknown, code: ErrorCode): void =>
  assert.throws(work, (error) => isEventwrightError(error, code))

test('what the driver would bind as NULL or not at all is refused before it is bound', (t) => {
  const select = connection(t).prepare('select ?, ?')
  assert.deepEqual(select.get('a', 2n ** 40n), ['a', 2 ** 40])
  for (const values of [[], ['a'], ['a', 'b', 'c']]) throws(() => select.get(...values), 'EW_SQL')
  for (const value of [
    new Date(0),
    true,
    undefined,
    Number.NaN,
    Infinity,
    2n ** 63n,
    {},
    ['a'],
    new ArrayBuffer(2),
    Symbol('a'),
  ]) {
    throws(() => select.get(value as Parameter, 'b'), 'EW_SQL')
    throws(() => select.run('a', value as Parameter), 'EW_SQL')
    throws(() => select.all('a', value as Parameter), 'EW_SQL')
  }
})

test('empty bytes are bound as bytes, whatever they were made from', (t) => {
  const type = connection(t).prepare('select typeof(?)')
  const empty = [new Uint8Array(0), new Uint8Array(new ArrayBuffer(0)), Buffer.alloc(0)]
  for (const bytes of [...empty, structuredClone(new Uint8Array(0))]) {
    assert.deepEqual(type.get(boundBytes(bytes)), ['blob'])
  }
})

test('a transaction that fails leaves nothing and the connection goes on', (t) => {
  const db = connection(t)
  db.exec('create table a (id integer primary key)')
  const insert = db.prepare('insert into a values (?)')
  assert.throws(() =>
    db.transaction(() => {
      insert.run(1)
      insert.run(1)
    }),
  )
  assert.deepEqual(db.prepare('select count(*) from a').get(), [0])
  assert.equal(
    db.transaction(() => insert.run(1)),
    1,
  )
})

test('a lock of another connection is EW_STORE_BUSY at once, with nothing changed', (t) => {
  const file = join(folderFor(t), 'a.db')
  const [first, second] = [connection(t, file), connection(t, file)]
  first.exec('pragma journal_mode = wal; create table a (id integer)')
  first.transaction(() => {
    const started = performance.now()
    throws(() => second.transaction(() => undefined), 'EW_STORE_BUSY')
    // Whoever waited for the lock would do so for seconds.
    assert.ok(performance.now() - started < 2_000)
  })
  second.transaction(() => second.prepare('insert into a values (1)').run())
})

test('a query answers objects whose whole numbers are exact', (t) => {
  const rows = connection(t).objects('select ? as a, 9007199254740993 as b, 0.5 as c', ['x'])
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [{ a: 'x', b: 9007199254740993n, c: 0.5 }],
  )
})
