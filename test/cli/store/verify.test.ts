import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { line, lineWith, shopFolder, shopModule } from '../line.fixture.ts'

const verify = ['store', 'verify', '--store', 'shop.db']
const withViews = [...verify, '--system', shopModule]

/** Runs SQL on the store, which nobody has open. */
function changed(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'shop.db'))
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

test('with the system views are compared with a replay, and without it only the log is read', async (t) => {
  const folder = await shopFolder(t)
  const plain = await line(folder, ...verify, '--json')
  assert.deepEqual([plain.code, JSON.parse(plain.out)], [0, { complete: true, events: 4, found: 0, findings: [] }])
  for (const views of [[], ['--views', 'all'], ['--views', 'sample', '--sample', '2']]) {
    const { code, out, err } = await line(folder, ...withViews, ...views, '--json')
    assert.deepEqual([code, err], [0, ''])
    const { found, rows, views: verdicts } = JSON.parse(out)
    assert.deepEqual([found, rows], [0, []])
    assert.deepEqual(verdicts.map(({ view, state, keys }: any) => [view, state, keys]).sort(), [
      ['orders', 'equal', 2],
      ['ordersInline', 'equal', 2],
      ['ordersLive', 'not verifiable', 0],
    ])
  }
  const none = await line(folder, ...withViews, '--views', 'none', '--json')
  assert.deepEqual(JSON.parse(none.out), JSON.parse(plain.out))
})

test('rows that differ end it with 1 and are told by view, key and field, as a table and as JSON', async (t) => {
  const folder = await shopFolder(t)
  changed(folder, `update view_orders_1 set customer = 'Bob' where orderId = 'a'; delete from view_ordersInline_1`)
  const { code, out } = await line(folder, ...withViews, '--views', 'all', '--json')
  assert.equal(code, 1)
  const { found, rows } = JSON.parse(out)
  assert.equal(found, 3)
  const [first, ...missing] = rows.sort((a: any, b: any) => (a.view < b.view ? -1 : 1))
  assert.deepEqual(first, {
    view: 'orders',
    key: 'a',
    kind: 'values',
    fields: [{ field: 'customer', stored: 'Bob', replayed: 'Ann' }],
  })
  assert.deepEqual(
    missing.map(({ key, kind }: any) => [key, kind]),
    [
      ['a', 'missing'],
      ['b', 'missing'],
    ],
  )
  const shown = await line(folder, ...withViews)
  assert.equal(shown.code, 1)
  assert.match(shown.out, /^orders +a +values +customer +Bob +Ann$/m)
  assert.match(shown.out, /^ordersInline +a +missing +total +1\.50$/m)
  assert.match(shown.out, /^orders +different +1 +2 +1 +0 +0 *$/m)
  assert.match(shown.out, /^4 events read, 3 findings$/m)
})

test('on a terminal a bar shows how far the log is, and an interrupted comparison is not complete', async (t) => {
  const folder = await shopFolder(t)
  const { err } = await lineWith({ folder, terminal: true }, ...withViews)
  assert.match(err, /verify views .*100 %.* 4\/4/)
  const { code, out } = await lineWith({ folder, stop: AbortSignal.abort() }, ...withViews, '--json')
  assert.deepEqual([code, JSON.parse(out).complete], [1, false])
})

test('views cannot be compared without the system that makes them, nor a sample of none', async (t) => {
  const folder = await shopFolder(t)
  const { code, err } = await line(folder, ...verify, '--views', 'all', '--json')
  assert.deepEqual([code, JSON.parse(err).error.code], [1, 'EW_CONFIG'])
  for (const wrong of [
    ['--sample', '0'],
    ['--views', 'some'],
  ])
    assert.equal((await line(folder, ...withViews, ...wrong)).code, 2)
})
