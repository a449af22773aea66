import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { overStores } from '../stores.fixture.ts'
import { ann, fill, found, opened } from '../streams/streams.fixture.ts'

overStores('streams that are archived or deleted are no finding', async (t, adapter) => {
  const store = await opened(t, adapter)
  for (const id of ['a', 'b', 'c']) await fill(store, `Order/${id}`, 1_200)
  await store.orders.archive('Order/a', ann)
  await store.orders.delete('Order/b', ann)
  assert.deepEqual(await found(store), [])
})

test('events without data in a stream that is not deleted are a finding', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const store = await opened(t, sqlite(file))
  for (const id of ['a', 'b']) await fill(store, `Order/${id}`, 3)
  const database = new DatabaseSync(file)
  database.exec(`update ew_events set data = null, meta = '{}', deleted = 1 where seq = 2`)
  database.close()
  assert.deepEqual(await found(store), ['stream Order/a: events of it are deleted, and the stream is not'])
})
