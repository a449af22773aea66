import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withDebian } from '../../../tools/services/debian.ts'
import { findJava, requireJava } from '../../../tools/services/java.ts'
import { mavenLibraries } from '../../../tools/services/maven.ts'
import { findProgram, MissingProgram } from '../../../tools/services/programs.ts'
import { root } from '../../../tools/root.ts'
import { folderFor } from '../../fixtures/folder.ts'

/** Lets `use` run where PATH is one folder and no Java and no download is known. */
async function alone(folder: string, use: () => unknown): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, { PATH: folder, EVENTWRIGHT_DOWNLOADS: join(folder, 'downloads') })
  delete process.env['JAVA_HOME']
  try {
    await use()
  } finally {
    for (const name of ['PATH', 'EVENTWRIGHT_DOWNLOADS', 'JAVA_HOME']) delete process.env[name]
    Object.assign(process.env, before)
  }
}

/** A Java that says which version it is. */
function java(folder: string, version: string, mode = 0o755): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'java')
  writeFileSync(file, `#!/bin/sh\necho 'openjdk version "${version}" 2030-01-01' >&2\n`)
  chmodSync(file, mode)
  return file
}

test('the Java of JAVA_HOME goes before that of PATH, and one that is too old or does not run is passed over', (t) =>
  alone(folderFor(t), () => {
    const folder = process.env['PATH']!
    const own = java(folder, '2001.0.2')
    assert.equal(findJava(1999), own)
    process.env['JAVA_HOME'] = join(folder, 'home')
    const named = java(join(folder, 'home/bin'), '2000')
    assert.equal(findJava(1999), named)
    assert.equal(findJava(2001), own)
    process.env['JAVA_HOME'] = join(folder, 'broken')
    java(join(folder, 'broken/bin'), '2002', 0o644)
    assert.equal(findJava(1999), own)
  }))

test('an absent program is an error that names it, who needs it, and what to install', (t) =>
  alone(folderFor(t), async () => {
    const missing =
      (program: string, sentence: RegExp) =>
      (error: unknown): boolean => {
        assert.ok(error instanceof MissingProgram)
        assert.equal(error.program, program)
        assert.match(error.message, sentence)
        return true
      }
    assert.throws(
      () => requireJava('kafka', 999),
      missing('java', /^kafka needs Java 999 or newer, and none is in .* Install one, for instance the package /),
    )
    await assert.rejects(
      mavenLibraries('thing-1', ['g:a:1'], () => undefined),
      missing('mvn', /^thing-1 comes by Maven, and there is no mvn in PATH\. Install the package maven\.$/),
    )
    const folder = process.env['PATH']!
    assert.throws(
      () => withDebian('rabbitmq', folder, () => undefined),
      missing('apt-get', /^rabbitmq comes from Debian, and there is no apt-get in PATH\.$/),
    )
  }))

test('a start that misses a program ends with 3 and goes on with the other services', async (t) => {
  const folder = folderFor(t)
  const env = { PATH: folder, EVENTWRIGHT_DOWNLOADS: join(folder, 'downloads') }
  const names = ['mongodb', 'rabbitmq']
  const args = ['--disable-warning=ExperimentalWarning', join(root, 'tools/services.ts'), 'start', ...names]
  const said = await new Promise<readonly unknown[]>((resolve) => {
    execFile(
      process.execPath,
      [...args, '--folder', join(folder, 'services')],
      { env, timeout: 60_000 },
      (error, ...out) => resolve([error?.code, ...out]),
    )
  })
  assert.deepEqual(said.slice(0, 2), [3, ''])
  assert.match(String(said[2]), /rabbitmq comes from Debian, and there is no apt-get in PATH\.\nmongo/)
})

test('a program is found in PATH alone, and only when it can be run', (t) =>
  alone(folderFor(t), () => {
    assert.equal(findProgram('sh'), undefined)
    const file = join(process.env['PATH']!, 'sh')
    writeFileSync(file, '', { mode: 0o644 })
    assert.equal(findProgram('sh'), undefined)
    chmodSync(file, 0o755)
    assert.equal(findProgram('sh'), file)
  }))
