import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { root } from '../../tools/root.ts'

const tooOld = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})'
const ci = `mkdir -p node_modules; echo '{"packages":{}}' > node_modules/.package-lock.json`
const echo = `console.log(JSON.stringify([process.argv.slice(2), process.execArgv]))`

test('arguments, flags and the exit code pass through', async (t) => {
  const clone = freshClone(t, `${echo}; process.exitCode = 7`)
  const { code, stdout } = await run(clone, ['--speed', '60', '--', 'a b'])
  assert.equal(code, 7)
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning']
  assert.deepEqual(JSON.parse(stdout), [['--speed', '60', '--', 'a b'], flags])
})

test('a fresh clone installs its packages once and says one line, also when two commands start at once', async (t) => {
  const clone = freshClone(t, echo)
  const both = await Promise.all([run(clone), run(clone)])
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  )
  assert.equal(both.map(({ stderr }) => stderr).join(''), 'Eventwright installs its packages: npm ci (once)\n')
  const again = await run(clone)
  assert.deepEqual([again.code, again.stderr], [0, ''])
})

test('packages that somebody installed by hand are left alone, and a changed lock file is followed', async (t) => {
  const clone = freshClone(t, echo)
  mkdirSync(join(clone, 'node_modules'))
  writeFileSync(join(clone, 'node_modules/.package-lock.json'), '{"packages":{}}')
  writeFileSync(join(clone, 'node_modules/mine'), '')
  assert.equal((await run(clone)).stderr, '')
  assert.ok(existsSync(join(clone, 'node_modules/mine')))

  const file = join(clone, 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, object> }
  lock.packages['node_modules/absent'] = { version: '1.0.0' }
  writeFileSync(file, JSON.stringify(lock))
  assert.match((await run(clone)).stderr, /installs its packages/)
})

test('SIGTERM reaches the program, which may drain before it ends', async (t) => {
  const drain = `() => { console.log('drained'); process.exit(3) }`
  const program = `process.on('SIGTERM', ${drain}); setInterval(() => {}, 1e4); console.log('up')`
  const clone = freshClone(t, program)
  const child = start(clone, [], false, ci)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said === 'up\n') child.kill('SIGTERM')
  })
  const [code] = (await once(child, 'close')) as [number]
  assert.deepEqual([code, said], [3, 'up\ndrained\n'])
})

test('on an old Node a newer one is fetched once, and a fetch that fails leaves nothing behind', async (t) => {
  const clone = freshClone(t, echo)
  const broken = await run(clone, [], { old: true, npm: 'mkdir -p node_modules/half; exit 1' })
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /fetching Node .* into \.node\/ \(once\)\nEventwright: npm install ended with 1/)
  assert.deepEqual(readdirSync(join(clone, '.node')), [])

  const layOut = `name=$(echo "$*" | grep -o '[^ ]*@[0-9.]*' | cut -d@ -f1)
    mkdir -p node_modules/$name/bin && cp -s '${process.execPath}' node_modules/$name/bin/node
    echo '{"bin":{"node":"bin/node"}}' > node_modules/$name/package.json`
  const npm = `case "$1" in install) ${layOut};; ci) ${ci};; esac`
  const fetched = await Promise.all([run(clone, [], { old: true, npm }), run(clone, [], { old: true, npm })])
  assert.deepEqual(
    fetched.map(({ code }) => code),
    [0, 0],
    fetched.map(({ stderr }) => stderr).join(''),
  )
  assert.equal(
    fetched
      .map(({ stderr }) => stderr)
      .join('')
      .match(/fetching Node/g)?.length,
    1,
  )
  assert.equal((await run(clone, [], { old: true, npm: 'exit 1' })).stderr, '')
})

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder with the scripts, a lock file without packages, and a program. */
function freshClone(t: TestContext, program: string): string {
  const clone = mkdtempSync(join(tmpdir(), 'eventwright-clone-'))
  t.after(() => rmSync(clone, { recursive: true, force: true }))
  const manifest = { name: 'clone', version: '1.0.0' }
  const lock = { ...manifest, lockfileVersion: 3, packages: { '': manifest } }
  cpSync(join(root, 'scripts'), join(clone, 'scripts'), { recursive: true })
  writeFileSync(join(clone, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify(lock))
  writeFileSync(join(clone, 'program.mjs'), program)
  return clone
}

/** Runs the program of the clone; `old` makes this Node look too old, `npm` is a shell script in the place of npm. */
async function run(clone: string, args: readonly string[] = [], { old = false, npm = ci } = {}): Promise<Ran> {
  const child = start(clone, args, old, npm)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, stdout, stderr }
}

function start(clone: string, args: readonly string[], old: boolean, npm: string): ChildProcessWithoutNullStreams {
  const bin = mkdtempSync(join(clone, 'bin-'))
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${npm}\n`)
  chmodSync(join(bin, 'npm'), 0o755)
  const program = [join(clone, 'scripts/with-node.mjs'), join(clone, 'program.mjs'), ...args]
  return spawn(process.execPath, [...(old ? ['--import', tooOld] : []), ...program], {
    env: { ...process.env, PATH: bin + delimiter + process.env['PATH'] },
  })
}
