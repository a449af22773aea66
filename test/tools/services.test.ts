import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../tools/root.ts'
import { servers } from '../../tools/servers.ts'
import { commandOf } from '../../tools/services/command-of.ts'
import { notStartableLine, services as list } from '../../tools/services/list.ts'
import { findBinaries } from '../../tools/services/postgres-binaries.ts'
import { folderFor } from '../fixtures/folder.ts'

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command to its end; whatever it leaves running must not hold its output open. */
function services(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'tools/services.ts'), ...args],
      { timeout: 200_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    )
  })
}

const names = ['postgres', 'kafka', 'rabbitmq', 'registry', 'mongodb']

test('a name that is none and a word that is none are refused, and nothing is started', async (t) => {
  const folder = folderFor(t)
  for (const verb of ['start', 'stop', 'status']) {
    const { code, out, err } = await services(verb, 'postgres', 'oracle', '--folder', folder)
    const known = 'postgres, kafka, rabbitmq, registry, mongodb'
    assert.deepEqual([code, out, err], [2, '', `This command knows no service oracle; it starts ${known}.\n`])
  }
  const { code, out, err } = await services('restart', '--folder', folder)
  assert.deepEqual([code, out], [2, ''])
  assert.match(err, /^usage: npm run services -- start\|stop\|status /)
  const { out: status } = await services('status', '--folder', folder)
  assert.equal(status, names.map((name) => `${name} does not run\n`).join(''))
})

test('a stop of what does not run is no mistake', async (t) => {
  const { code, out, err } = await services('stop', '--folder', folderFor(t))
  assert.deepEqual([code, out, err], [0, '', names.map((name) => `${name} did not run\n`).join('')])
})

test('every service is one of the servers that the tests know by this variable', () => {
  const place = (variable: string): string | undefined => servers.find((server) => server.variable === variable)?.name
  assert.deepEqual(
    list.map(({ name, variable }) => [place(variable), name]),
    names.map((name) => [name, name]),
  )
})

test('a run of tests names the services that cannot be started without a download', (t) => {
  const before = process.env['EVENTWRIGHT_DOWNLOADS']
  t.after(() => {
    if (before === undefined) delete process.env['EVENTWRIGHT_DOWNLOADS']
    else process.env['EVENTWRIGHT_DOWNLOADS'] = before
  })
  process.env['EVENTWRIGHT_DOWNLOADS'] = folderFor(t)
  assert.match(notStartableLine() ?? '', /^not run: .*kafka, rabbitmq, registry, mongodb \(npm run services -- start /)
})

if (findBinaries('/nowhere') !== undefined) {
  test('a start prints for eval where the server is, which outlives the command until the stop', async (t) => {
    // It goes away behind the server, and not before.
    const folder = mkdtempSync(join(tmpdir(), 'eventwright-'))
    t.after(() => services('stop', '--folder', folder))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const started = await services('start', 'postgres', '--folder', folder)
    assert.equal(started.code, 0, started.err)
    assert.match(
      started.out,
      /^export EVENTWRIGHT_POSTGRES_URL=postgres:\/\/postgres:[\w-]+@127\.0\.0\.1:\d+\/postgres\n$/,
    )
    const url = started.out.trim().replace(/^.*?=/, '')
    const variable = 'EVENTWRIGHT_POSTGRES_URL'
    const [{ pid, home, ...rest }] = JSON.parse(
      (await services('status', 'postgres', '--json', '--folder', folder)).out,
    )
    assert.deepEqual(rest, { running: true, name: 'postgres', variable, url })
    t.after(() => rmSync(home, { recursive: true, force: true }))
    const { out } = await services('status', 'postgres', '--folder', folder)
    assert.equal(out, `postgres runs, pid ${pid}, ${url}, in ${home}\n`)
    const again = await services('start', 'postgres', '--json', '--folder', folder)
    assert.deepEqual(JSON.parse(again.out), [{ running: true, name: 'postgres', variable, pid, url, home }])
    assert.equal((await services('stop', 'postgres', '--folder', folder)).err, 'postgres has ended\n')
    // Nobody may be there to bury it, but it is dead.
    assert.ok(!commandOf(pid))
  })
}
