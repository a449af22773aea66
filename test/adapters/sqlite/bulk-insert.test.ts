import assert from 'node:assert/strict'
import * as driver from 'node:sqlite'
import { test } from 'node:test'
import { BulkInsert } from '../../../src/adapters/sqlite/bulk-insert.ts'
import { SqliteConnection } from '../../../src/adapters/sqlite/driver.ts'

test('every row is there after flush, once and in the order of the calls, however many there are', (t) => {
  const connection = new SqliteConnection(driver, ':memory:', { busyTimeoutMs: 0 })
  t.after(() => connection.close())
  connection.exec('create table lines (id integer primary key, no integer, text text)')
  const lines = new BulkInsert(connection, 'lines', ['no', 'text'])
  const all = connection.prepare('select no, text from lines order by id')
  for (const count of [0, 1, 15, 16, 17, 32, 50]) {
    const rows = Array.from({ length: count }, (_, no): [number, string] => [no, `text ${no}`])
    for (const row of rows) lines.add(row)
    lines.flush()
    lines.flush()
    assert.deepEqual(all.all(), rows)
    connection.exec('delete from lines')
  }
})

test('what was discarded is not written by the next flush', (t) => {
  const connection = new SqliteConnection(driver, ':memory:', { busyTimeoutMs: 0 })
  t.after(() => connection.close())
  connection.exec('create table lines (no integer)')
  const lines = new BulkInsert(connection, 'lines', ['no'])
  lines.add([1])
  lines.discard()
  lines.add([2])
  lines.flush()
  assert.deepEqual(connection.prepare('select no from lines').all(), [[2]])
})
