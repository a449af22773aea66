import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { home } from '../../../examples/orders/settings.ts'
import { adapterFor, partiesOf, settingsFor, storeFrom, type Database } from '../../../examples/orders/store-place.ts'
import { folderOfStores } from './store-folder.ts'

const folder = folderOfStores()
const database = (url: string, env: NodeJS.ProcessEnv = {}): Database =>
  storeFrom({ EVENTWRIGHT_DATA: folder, EVENTWRIGHT_STORE: url, ...env }) as Database

test('each database and schema has outside parties of its own, whoever connects to it and however it is called', () => {
  const one = database('postgres://me:secret@localhost/shop')
  for (const same of [
    'postgresql://you@127.0.0.1:5432/shop',
    'postgres://[::1]/shop?sslmode=disable',
    'postgres:///shop',
    'postgres://LOCALHOST/shop',
  ])
    assert.equal(database(same).beside, one.beside)
  const others = [
    database('postgres://localhost/shop2'),
    database('postgres://localhost:5433/shop'),
    database('postgres://db.example/shop'),
    database('postgres://localhost/shop?host=db2.example'),
    database('postgres://localhost/shop', { EVENTWRIGHT_SCHEMA: 'shop_2' }),
    database('postgres://localhost/shop%2F..%2F..%2Fetc'),
  ]
  assert.equal(new Set([one, ...others].map(({ beside }) => beside)).size, others.length + 1)
  for (const { beside } of [one, ...others]) {
    assert.ok(!/[/\\]/.test(relative(folder, beside)), beside)
    assert.doesNotMatch(beside, /secret|me:/)
  }
})

test('the folder of the outside parties is made, and by default it is that of the example', () => {
  const data = join(folder, 'new/data')
  database('postgres://localhost/shop', { EVENTWRIGHT_DATA: data })
  assert.ok(existsSync(data))
  assert.ok(database('postgres://localhost/shop', { EVENTWRIGHT_DATA: '' }).beside.startsWith(join(home, 'data')))
})

test('another process finds the same store by the settings that it is given', () => {
  const place = database('postgres://me:secret@db/shop', { EVENTWRIGHT_SCHEMA: 'mine' })
  assert.deepEqual(storeFrom(settingsFor(place)), place)
  assert.equal(adapterFor(place).name, 'postgres db/shop (schema mine)')
  assert.equal(partiesOf(place), place.beside)
  const file = storeFrom({ EVENTWRIGHT_STORE: join(folder, 'shop.db') })
  assert.deepEqual([storeFrom(settingsFor(file)), partiesOf(file)], [file, file])
})

test('what is no store is refused without showing a password', () => {
  for (const url of ['mysql://me:secret@db/shop', 'postgres://me:se/cret@db/shop', 'postgres:me:secret@db/shop']) {
    assert.throws(
      () => database(url),
      (error: Error & { code?: string }) => {
        assert.match(error.code ?? '', /^(bad_setting|EW_CONFIG)$/)
        assert.doesNotMatch(error.message, /secret|se\/cret/)
        return true
      },
    )
  }
  assert.throws(() => database('postgres://db/shop', { EVENTWRIGHT_SCHEMA: 'a b' }), /EW_CONFIG: The schema "a b"/)
})
