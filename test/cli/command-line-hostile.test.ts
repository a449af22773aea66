import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { folderFor } from '../fixtures/folder.ts'
import { line, lineWith, shopFolder, shopModule } from './line.fixture.ts'

const commands = [
  ['store', 'streams'],
  ['store', 'read'],
  ['store', 'verify'],
  ['views', 'list'],
  ['views', 'status'],
  ['views', 'rebuild', 'orders', '--system', shopModule],
  ['dead-letters', 'list'],
  ['dead-letters', 'show', 'view:orders#1', 'a'],
  ['dead-letters', 'edit', 'view:orders#1', 'a', '--system', shopModule, '--data', '{}', '--reason', 'x'],
  ['dead-letters', 'replay', 'view:orders#1'],
  ['dead-letters', 'discard', 'view:orders#1', 'a', '--reason', 'x'],
  ['lag'],
  ['consumers', 'list'],
  ['consumers', 'forget', 'view:orders#1', '--with-rows', '--reason', 'x'],
  ['timers', 'list'],
  ['sagas', 'list'],
  ['sagas', 'list', '--counts'],
  ['store', 'event', 'a'],
  ['streams', 'show', 'Order/a'],
  ['views', 'rows', 'orders', '--system', shopModule],
  ['dead-letters', 'replay', 'view:orders#1', '--dry-run'],
  ['channels', 'list', '--system', shopModule],
  ['processes', 'list'],
  ['actions', 'list'],
  ['search', 'a'],
  ['trace', 'a'],
]

test('no command that looks into a store creates or changes what is there', async (t) => {
  const folder = folderFor(t)
  mkdirSync(join(folder, 'folder.db'))
  writeFileSync(join(folder, 'empty.db'), '')
  writeFileSync(join(folder, 'text.db'), 'this is no database\n'.repeat(500))
  const foreign = new DatabaseSync(join(folder, 'foreign.db'))
  foreign.exec('create table notes (text)')
  foreign.close()
  const before = readdirSync(folder).sort()
  const expected = {
    'absent.db': /^EW_CONFIG$/,
    'absent/absent.db': /^EW_CONFIG$/,
    'empty.db': /^EW_CONFIG$/,
    'folder.db': /^EW_STORE_FAILED$/,
    'text.db': /^EW_STORE_CORRUPT$/,
    'foreign.db': /^EW_STORE_FOREIGN$/,
    ':memory:': /^EW_CONFIG$/,
    'postgres://me:secret@127.0.0.1:1/db': /^EW_STORE_UNREACHABLE$/,
    'postgres://me:sec/ret@127.0.0.1/db': /^EW_CONFIG$/,
    'postgres:/me:secret@127.0.0.1/db': /^EW_CONFIG$/,
    'mysql://me:secret@127.0.0.1/db': /^EW_CONFIG$/,
    'me:secret@127.0.0.1/db': /^EW_CONFIG$/,
    'http://localhost/': /^EW_CONFIG$/,
    'file://elsewhere/shop.db': /^EW_CONFIG$/,
  }
  for (const command of commands) {
    for (const [store, code] of Object.entries(expected)) {
      const answer = await line(folder, ...command, '--store', store, '--json')
      assert.equal(answer.code, 1, [...command, store].join(' '))
      assert.match(JSON.parse(answer.err).error.code, code, [...command, store].join(' '))
      assert.equal(answer.out, '')
      assert.doesNotMatch(answer.err, /secret|sec\/ret/)
    }
  }
  assert.deepEqual(readdirSync(folder).sort(), before)
})

const hostile = [
  'x'.repeat(10_000),
  'a\u0000b',
  '\ud800',
  '../../etc/passwd',
  '__proto__',
  "'; drop table x; --",
  '\u001b[2J\u202e',
]

test('hostile values of every argument are refused in a few words that cannot steer the terminal', async (t) => {
  const folder = await shopFolder(t)
  const calls = (value: string): string[][] => [
    [value],
    ['lag', value],
    ['lag', `--${value}`],
    ['lag', '--store', value],
    ['store', 'read', value, '--store', 'shop.db'],
    ['store', 'read', `Order/${value}`, '--store', 'shop.db'],
    ['store', 'read', '--store', 'shop.db', '--limit', value],
    ['views', 'status', value, '--store', 'shop.db'],
    ['views', 'rebuild', value, '--store', 'shop.db', '--system', shopModule],
    ['dead-letters', 'replay', 'consumer', value, '--store', 'shop.db'],
    ['dead-letters', 'show', 'consumer', value, '--store', 'shop.db'],
    ['dead-letters', 'list', '--limit', value, '--store', 'shop.db'],
    ['dead-letters', 'list', '--after', value, '--store', 'shop.db'],
    ['dead-letters', 'discard', 'consumer', 'key', '--reason', value, '--store', 'shop.db'],
    ['dead-letters', 'edit', 'consumer', 'key', '--reason', 'x', '--data', value, '--system', shopModule],
    ['consumers', 'forget', value, '--reason', 'x', '--store', 'shop.db'],
    ['consumers', 'forget', 'view:orders#1', '--with-rows', '--reason', 'x', '--system', value, '--store', 'shop.db'],
    ['store', 'event', value, '--store', 'shop.db'],
    ['streams', 'show', value, '--store', 'shop.db'],
    ['streams', 'show', `Order/${value}`, '--system', shopModule, '--store', 'shop.db'],
    ['views', 'rows', value, '--system', shopModule, '--store', 'shop.db'],
    ['views', 'rows', 'orders', '--where', `${value}=1`, '--system', shopModule, '--store', 'shop.db'],
    ['dead-letters', 'replay', 'consumer', value, '--dry-run', '--store', 'shop.db'],
    ['channels', 'list', '--broker', value, '--system', shopModule, '--store', 'shop.db'],
    ['check', '--system', value],
    ['start', '--system', shopModule, '--store', ':memory:', '--services', value],
  ]
  for (const value of hostile) {
    for (const argv of calls(value)) {
      const { code, out, err } = await line(folder, ...argv)
      const called = JSON.stringify(argv).slice(0, 200)
      assert.ok(code === 1 || code === 2, `${called} ended with ${code}: ${out}${err}`)
      assert.match(err, /^error:? /, called)
      assert.ok(err.length < 25_000, `${called} said ${err.length} characters`)
      assert.ok(!/[\u0000\u001b\u202e]/.test(err) && err.isWellFormed(), called)
    }
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.startsWith('shop.db')),
    [],
  )
})

test('hostile ids are looked for, found nowhere, and cannot steer the terminal', async (t) => {
  const folder = await shopFolder(t)
  for (const value of hostile) {
    for (const argv of [
      ['search', value],
      ['search', value, '--system', shopModule],
      ['trace', value],
    ]) {
      const { code, out, err } = await line(folder, ...argv, '--store', 'shop.db')
      const called = JSON.stringify(argv).slice(0, 200)
      assert.equal(code, 1, `${called}: ${out}${err}`)
      assert.ok(!/[\u0000\u001b\u202e]/.test(out + err) && out.isWellFormed(), called)
    }
  }
})

test('misspelt names get a suggestion', async (t) => {
  const folder = await shopFolder(t)
  const said = async (...argv: string[]): Promise<string> => (await line(folder, ...argv, '--store', 'shop.db')).err
  assert.match(await said('lagg'), /Did you mean lag\?/)
  assert.match(await said('store', 'streems'), /Did you mean streams\?/)
  assert.match(await said('lag', '--jsno'), /Did you mean --json\?/)
  assert.match(await said('views', 'status', 'ordrs'), /EW_VIEW_UNKNOWN.*Did you mean "orders"\?/)
  assert.match(await said('views', 'rebuild', 'Orders', '--system', shopModule), /Did you mean "orders"\?/)
  assert.match(await said('start', '--services', 'order', '--system', shopModule), /EW_CONFIG.*Did you mean "orders"\?/)
  assert.match(await said('store', 'read', 'Order/z'), /EW_CONFIG.*no stream Order\/z; one that is there: Order\/a/)
  assert.match(await said('dead-letters', 'replay', 'view:order#1'), /Did you mean "view:orders#1"\?/)
})

test('EVENTWRIGHT_STORE names the store where --store does not', async (t) => {
  const folder = await shopFolder(t)
  assert.match((await lineWith({ folder, env: { EVENTWRIGHT_STORE: 'shop.db' } }, 'lag')).out, /view:orders#1 /)
})

test('colours and bars are for terminals, and NO_COLOR turns the colours off', async (t) => {
  const folder = await shopFolder(t)
  const verify = ['store', 'verify', '--store', 'shop.db']
  const terminal = await lineWith({ folder, terminal: true }, ...verify)
  assert.ok(terminal.err.includes('\r') && terminal.err.includes('\u001b[32m'))
  const plain = await lineWith({ folder, terminal: true, env: { NO_COLOR: '1' } }, ...verify)
  assert.ok(plain.err.includes('\r') && !plain.err.includes('\u001b[32m'))
  const pipe = await line(folder, ...verify)
  assert.equal(pipe.err, 'verify 100 % (4 of 4)\n')
  assert.equal((await line(folder, ...verify, '--json')).err, '')
})
