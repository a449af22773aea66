import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError } from 'eventwright'
import { mongodb } from 'eventwright/mongodb'

test('the database is the one that is named, by the settings, by the URL or by nobody, and no password is shown', () => {
  assert.equal(mongodb('mongodb://me:secret@h1:1,h2:2/shop?w=1', { database: 'mine' }).name, 'mongodb h1:1,h2:2/mine')
  assert.equal(mongodb('mongodb://me:secret@h1/shop').name, 'mongodb h1/shop')
  assert.equal(mongodb('mongodb+srv://h1').name, 'mongodb h1/eventwright')
})

test('a URL that is none, and a name that no database can have, are refused without showing a password', () => {
  for (const url of ['postgres://me:secret@h/x', 'mongodb://', 'h1:27017', 'mongodb://me:secret@h1/a.b']) {
    assert.throws(
      () => mongodb(url),
      (error) => isEventwrightError(error, 'EW_CONFIG') && !error.message.includes('secret'),
    )
  }
  assert.throws(
    () => mongodb('mongodb://h', { database: 'a b' }),
    (error) => isEventwrightError(error, 'EW_CONFIG'),
  )
})

test('a server that is not there is told as unreachable', async () => {
  const views = mongodb('mongodb://127.0.0.1:1/x', { connectTimeout: '200ms' })
  await assert.rejects(views.open({ clock: { now: () => 0 } as never, storeId: 's' }), (error) =>
    isEventwrightError(error, 'EW_STORE_UNREACHABLE'),
  )
})
