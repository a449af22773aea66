import assert from 'node:assert/strict'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root } from '../../../tools/root.ts'
import { folderOfStores } from './store-folder.ts'

test('the shop does not open in production when a released event was changed', async (t) => {
  const folder = folderOfStores()
  for (const name of ['package.json', 'src', 'node_modules']) symlinkSync(join(root, name), join(folder, name))
  for (const name of [
    'open.ts',
    'outside',
    'settings.ts',
    'shop',
    'store-place.ts',
    'broker-place.ts',
    'views-place.ts',
  ])
    cpSync(join(root, 'examples/orders', name), join(folder, name), { recursive: true })
  const { openShop } = (await import(pathToFileURL(join(folder, 'open.ts')).href)) as Pick<
    typeof import('../../../examples/orders/open.ts'),
    'openShop'
  >
  const before = process.env['NODE_ENV']
  t.after(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  process.env['NODE_ENV'] = 'production'
  await (await openShop(':memory:')).stop()
  const lock = join(folder, 'shop/eventwright.lock.json')
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/"schemaHash": "[^"]+"/, '"schemaHash": "other"'))
  const opened = openShop(':memory:').then((shop) => shop.stop())
  await assert.rejects(opened, /^EventwrightError: EW_LOCK_FILE: .*\nevent CreditNoteIssued: Version 1 was/)
})
