import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { folderFor } from '../fixtures/folder.ts'
import { root } from '../../tools/root.ts'
import { line, shopModule } from './line.fixture.ts'

/** A folder with a design of its own, `shop.ts`. */
function designFolder(t: TestContext): string {
  const folder = folderFor(t)
  copyFileSync(shopModule, join(folder, 'shop.ts'))
  symlinkSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'src'), join(folder, 'src'))
  return folder
}

test('check writes the lock file beside the module, then agrees with it, and refuses a changed release', async (t) => {
  const folder = designFolder(t)
  const path = join(folder, 'eventwright.lock.json')
  const behind = await line(folder, 'check', '--system', 'shop.ts')
  assert.equal(behind.code, 1)
  assert.match(
    behind.out,
    /^shop: 1 service, 2 events, 2 commands, .*\neventwright.lock.json is behind; run check --write\n$/,
  )
  assert.equal(existsSync(path), false)
  assert.equal((await line(folder, 'check', '--system', 'shop.ts', '--write')).code, 0)
  assert.match((await line(folder, 'check', '--system', 'shop.ts')).out, /lock.json is up to date\n$/)
  const changed = readFileSync(path, 'utf8').replace(/"schemaHash": "[^"]+"/, '"schemaHash": "other"')
  writeFileSync(path, changed)
  const { code, out } = await line(folder, 'check', '--system', 'shop.ts', '--write', '--json')
  assert.equal(code, 1)
  assert.equal(JSON.parse(out).findings[0].code, 'lock-version-changed')
  assert.equal(readFileSync(path, 'utf8'), changed)
})

test('a named lock file, and one that a merge has damaged', async (t) => {
  const folder = designFolder(t)
  assert.equal((await line(folder, 'check', '--system', 'shop.ts', '--lock', 'other.json', '--write')).code, 0)
  assert.equal(existsSync(join(folder, 'other.json')), true)
  writeFileSync(join(folder, 'eventwright.lock.json'), '<<<<<<< HEAD\n{}')
  const { code, err } = await line(folder, 'check', '--system', 'shop.ts', '--json')
  assert.equal(code, 1)
  assert.equal(JSON.parse(err).error.code, 'EW_LOCK_FILE')
})

test('a design that does not fit together is reported whole, and a module without a system by its exports', async (t) => {
  const folder = designFolder(t)
  writeFileSync(
    join(folder, 'twice.ts'),
    `import { service, system } from 'eventwright'
    import { Order } from './shop.ts'
    export default system('twice', { services: [service('a', { parts: [Order] }), service('b', { parts: [Order] })] })`,
  )
  const twice = await line(folder, 'check', '--system', 'twice.ts')
  assert.equal(twice.code, 1)
  assert.match(twice.err, /^error EW_COMPOSITION: The system twice has .* problems?\.\n1\. /)
  writeFileSync(join(folder, 'none.ts'), 'export const nothing = 1')
  assert.match((await line(folder, 'check', '--system', 'none.ts')).err, /EW_CONFIG: .*exports no system.*nothing/)
  writeFileSync(join(folder, 'throws.ts'), 'throw new TypeError("no such thing")')
  assert.match((await line(folder, 'check', '--system', 'throws.ts')).err, /TypeError: no such thing\n.*throws\.ts/)
  assert.match((await line(folder, 'check', '--system', 'absent.ts')).err, /EW_CONFIG: There is no file "absent\.ts"/)
})
