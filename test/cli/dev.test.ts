import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../tools/root.ts'
import { folderFor } from '../fixtures/folder.ts'
import { commandProcess, line, shopModule } from './line.fixture.ts'

test('dev starts the system again when its module changes, and ends with it', async (t) => {
  const folder = folderFor(t)
  const module = join(folder, 'shop.ts')
  copyFileSync(shopModule, module)
  for (const name of ['package.json', 'src']) symlinkSync(join(root, name), join(folder, name))
  const dev = commandProcess(t, folder, 'dev', '--system', 'shop.ts', '--store', 'shop.db')
  await dev.until(/shop runs in mode dev[^]*Interrupt it to stop/)
  writeFileSync(module, readFileSync(module, 'utf8').replace("system('shop'", "system('market'"))
  await dev.until(/market runs in mode dev[^]*Interrupt it to stop/)
  assert.match(dev.said().err, /stopping[^]*stopped/)
  dev.kill('SIGTERM')
  assert.equal(await dev.ended, 0)
  const after = JSON.parse((await line(folder, 'lag', '--store', 'shop.db', '--json')).out)
  assert.ok(after.length > 0 && after.every(({ owners }: { owners: string[] }) => owners.length === 0))
})
