import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { copyableSqlite } from '../../../src/adapters/sqlite/copying.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { copyStore } from '../../../src/runtime/copy-store.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { everyKind } from '../../fixtures/full-store.ts'
import { sectionsOf } from '../../fixtures/copied-sections.ts'

test('a table that an older release has made is copied once this one has worked with it, and not before', async (t) => {
  const folder = folderFor(t)
  const adapter = sqlite(join(folder, 'old.db'))
  const source = copyableSqlite(join(folder, 'old.db'), systemClock)
  const ensured = async (): Promise<void> => {
    const store = await adapter.open({ clock: systemClock })
    await store.views.ensure(everyKind)
    await store.close()
  }
  await ensured()
  const database = new DatabaseSync(join(folder, 'old.db'))
  database.exec('delete from ew_view_tables')
  database.close()
  const target = copyableSqlite(join(folder, 'new.db'), systemClock)
  await assert.rejects(copyStore(source, target), {
    code: 'EW_CONFIG',
    message: /view_every_kind_1 was made by an older/,
  })
  await ensured()
  await copyStore(source, target)
  assert.deepEqual((await sectionsOf(target)).get('ew_view_tables'), (await sectionsOf(source)).get('ew_view_tables'))
})

test('what is known of a table goes with it', async (t) => {
  const folder = folderFor(t)
  const store = await sqlite(join(folder, 'store.db')).open({ clock: systemClock })
  await store.views.ensure(everyKind)
  await store.views.drop(everyKind.name)
  await store.close()
  const sections = await sectionsOf(copyableSqlite(join(folder, 'store.db'), systemClock))
  assert.deepEqual([sections.get('ew_view_tables'), sections.get(everyKind.name)], [[], undefined])
})
