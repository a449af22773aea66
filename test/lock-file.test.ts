import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../tools/root.ts'

interface Entry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly dependencies?: Record<string, string>
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'))
const manifest = read('package.json') as Entry
const { packages } = read('package-lock.json') as { packages: Record<string, Entry> }
const installed = Object.entries(packages).filter(([path]) => path !== '')
const names = new Set(installed.map(([path]) => path.split('node_modules/').pop()))

test('the lock file has no gap: every optional part of a package is in it, for every platform', () => {
  const gaps = installed.flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !names.has(name))
      .map((name) => `${path}: ${name}`),
  )
  assert.deepEqual(gaps, [])
})

test('the lock file names no host, and every package has a checksum', () => {
  assert.deepEqual(
    installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
    [],
  )
  assert.deepEqual(
    installed.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path),
    [],
  )
})

test('no package runs a script when it is installed', () => {
  assert.deepEqual(
    installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    [],
  )
})

test('every version is exact, and the lock file agrees', () => {
  const wanted = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  const exact = /^(npm:\S+@)?(\d+\.\d+\.\d+(-[\w.]+)?)$/
  const wrong = wanted.filter(([name, range]) => packages[`node_modules/${name}`]?.version !== exact.exec(range)?.[2])
  assert.ok(wanted.length > 0)
  assert.deepEqual(wrong, [])
})

test('the library brings only what its command line needs', () => {
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), ['commander'])
})
