import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { folderFor } from '../fixtures/folder.ts'
import { line, shopFolder } from './line.fixture.ts'

test('help and version are answers, not errors', async (t) => {
  const folder = folderFor(t)
  const help = await line(folder, '--help')
  assert.equal(help.code, 0)
  assert.match(help.out, /store[^]*views[^]*dead-letters/)
  assert.deepEqual(await line(folder, '--version'), { code: 0, out: '0.1.0\n', err: '' })
})

test('wrong calls end with 2: unknown commands and options, a missing store, numbers that are none', async (t) => {
  const folder = folderFor(t)
  for (const argv of [
    ['nonsense'],
    ['lag', '--nonsense'],
    ['lag'],
    ['store', 'read', '--store', 'x', '--limit', '-1'],
    ['check'],
  ]) {
    const { code, err } = await line(folder, ...argv)
    assert.equal(code, 2, argv.join(' '))
    assert.notEqual(err, '')
  }
})

test('what was typed cannot steer the terminal', async (t) => {
  const { code, err } = await line(folderFor(t), 'lag', '--\u001b[2J', '--store', 'x')
  assert.equal(code, 2)
  assert.ok(!err.includes('\u001b'))
})

test('a missing file is a typed error and is not created by looking', async (t) => {
  const folder = folderFor(t)
  const { code, err } = await line(folder, 'store', 'streams', '--store', 'none.db', '--json')
  assert.equal(code, 1)
  assert.equal(JSON.parse(err).error.code, 'EW_CONFIG')
  assert.equal(existsSync(join(folder, 'none.db')), false)
})

test('a file that is no store is a typed error', async (t) => {
  const folder = folderFor(t)
  writeFileSync(join(folder, 'text.db'), 'this is no database\n'.repeat(500))
  const { code, err } = await line(folder, 'lag', '--store', 'text.db', '--json')
  assert.equal(code, 1)
  assert.match(JSON.parse(err).error.code, /^EW_/)
})

test('streams and events are printed for people and as JSON', async (t) => {
  const folder = await shopFolder(t)
  const streams = JSON.parse((await line(folder, 'store', 'streams', '--store', 'shop.db', '--json')).out)
  assert.deepEqual(
    streams.map((each: { version: number }) => each.version),
    [2, 2],
  )
  const read = await line(folder, 'store', 'read', streams[0].stream, '--store', 'shop.db', '--json')
  const events = read.out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  assert.deepEqual(
    events.map(({ type }) => type),
    ['OrderPlaced', 'OrderShipped'],
  )
  assert.equal(events[0].data.customer, 'Ann')
  const people = await line(folder, 'store', 'read', '--store', 'shop.db', '--after', '1', '--limit', '2')
  assert.equal(people.out.trim().split('\n').length, 2)
})

test('views and consumers that have caught up have no lag', async (t) => {
  const folder = await shopFolder(t)
  const views = JSON.parse((await line(folder, 'views', 'list', '--store', 'shop.db', '--json')).out)
  assert.ok(views.some(({ view }: { view: string }) => view === 'orders'))
  const consumers = JSON.parse((await line(folder, 'lag', '--store', 'shop.db', '--json')).out)
  assert.ok(consumers.length > 0)
  assert.ok(consumers.every(({ lag }: { lag: number }) => lag === 0))
})

test('no dead letters are an empty list, and replaying a key that is not parked is EW_PARKED', async (t) => {
  const folder = await shopFolder(t)
  assert.equal((await line(folder, 'dead-letters', 'list', '--store', 'shop.db', '--json')).out, '[]\n')
  const { code, err } = await line(folder, 'dead-letters', 'replay', 'orders.shipping', 'a', '--store', 'shop.db', '--json')
  assert.equal(code, 1)
  assert.equal(JSON.parse(err).error.code, 'EW_PARKED')
})

test('verify passes a whole store and finds an event whose data was changed', async (t) => {
  const folder = await shopFolder(t)
  const whole = await line(folder, 'store', 'verify', '--store', 'shop.db', '--json')
  assert.equal(whole.code, 0)
  assert.equal(JSON.parse(whole.out).found, 0)
  const database = new DatabaseSync(join(folder, 'shop.db'))
  const { changes } = database
    .prepare("UPDATE ew_events SET data = replace(data, 'Ann', 'Eve') WHERE seq = (SELECT min(seq) FROM ew_events)")
    .run()
  database.close()
  assert.equal(changes, 1)
  const broken = await line(folder, 'store', 'verify', '--store', 'shop.db', '--json')
  assert.equal(broken.code, 1)
  assert.deepEqual(
    JSON.parse(broken.out).findings.map((each: { kind: string }) => each.kind),
    ['checksum'],
  )
})
