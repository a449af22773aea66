import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { commandOf } from '../../../tools/services/command-of.ts'
import { exchange } from '../../../tools/services/exchange.ts'
import { readKept } from '../../../tools/services/kept.ts'
import { pidOf, runningIn } from '../../../tools/services/server-process.ts'
import { serviceOf, type ServerPlan } from '../../../tools/services/service-of.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { privateServer } from '../../fixtures/private-server.ts'

/** Says its number to whoever speaks to it, and writes down when it was asked to end. */
const program = `
const { appendFileSync } = require('node:fs')
const [home, name, port, stubborn] = process.argv.slice(2)
const server = require('node:net').createServer((socket) => socket.once('data', () => socket.end(String(process.pid))))
server.listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => {
  appendFileSync(home + 'ended', name + ' ')
  if (stubborn !== 'stubborn') process.exit()
})
`

/** A service of processes that only answer, named as they are given. */
function answering(names: readonly string[], changes: Partial<ServerPlan> & { stubborn?: boolean } = {}): ServerPlan {
  return {
    name: 'echo',
    variable: 'EVENTWRIGHT_ECHO_URL',
    ports: names.length,
    isHere: () => true,
    async prepare({ home, port }) {
      writeFileSync(join(home, 'program.cjs'), program)
      return names.map((name, index) => ({
        name,
        command: process.execPath,
        args: [join(home, 'program.cjs'), `${home}/`, name, String(port + index), changes.stubborn ? 'stubborn' : ''],
        env: {},
      }))
    },
    async answers({ port }) {
      const said = names.map((_, index) => exchange(port + index, Buffer.from('?'), (answer) => answer.length > 0))
      return (await Promise.all(said)).every((answer) => answer !== undefined)
    },
    url: ({ port }) => `echo://127.0.0.1:${port}`,
    ...changes,
  }
}

/** A folder whose services are stopped before it goes. */
function place(t: TestContext, service: { stop(folder: string): Promise<boolean> }): string {
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-'))
  t.after(async () => {
    await service.stop(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

test('a server outlives its start, is started once, and ends by the stop', async (t) => {
  const service = serviceOf(answering(['echo']))
  const folder = place(t, service)
  const said: string[] = []
  assert.deepEqual(service.status(folder), { pid: undefined, url: undefined, home: undefined })
  assert.equal(await service.stop(folder), false)
  const [url, again] = await Promise.all(
    [1, 2].map(() => service.start(folder, (sentence) => void said.push(sentence))),
  )
  assert.equal(url, again)
  const { pid, home } = service.status(folder)
  assert.deepEqual(service.status(folder), { pid, url, home })
  assert.match(commandOf(pid!) ?? '', /program\.cjs/)
  assert.match(said[0] ?? '', /^echo runs on port \d+ after [\d.]+ s, pid \d+, in /)
  assert.deepEqual(said.slice(1), [`echo runs already, pid ${pid}`])
  assert.equal(await service.stop(folder), true)
  assert.deepEqual(service.status(folder), { pid: undefined, url, home })
  assert.equal(await service.stop(folder), false)
})

test('one that was killed comes back on its port, and only what is gone is started', async (t) => {
  const server = await privateServer(t, serviceOf(answering(['echo-1', 'echo-2', 'echo-3'])))
  const pids = (): (number | undefined)[] => ['echo-1', 'echo-2', 'echo-3'].map((name) => pidOf(server.home, name))
  const before = pids()
  await server.break('SIGKILL')
  assert.deepEqual(pids(), [undefined, before[1], before[2]])
  await server.start()
  assert.deepEqual(pids().slice(1), before.slice(1))
  assert.notEqual(pids()[0], before[0])
  assert.deepEqual(runningIn(server.home), ['echo-1', 'echo-2', 'echo-3'])
})

test('what serves the server ends after it', async (t) => {
  const server = await privateServer(t, serviceOf(answering(['names', 'echo'])))
  await server.stop()
  assert.equal(readFileSync(join(server.home, 'ended'), 'utf8'), 'echo names ')
})

test('a server that does not go is killed', async (t) => {
  // Long enough to write down on a machine under load that it was asked to end.
  const service = serviceOf(answering(['echo'], { stubborn: true, stopMs: 3_000 }))
  const folder = place(t, service)
  await service.start(folder, () => undefined)
  const { pid, home } = service.status(folder)
  assert.equal(await service.stop(folder), true)
  assert.equal(readFileSync(join(home!, 'ended'), 'utf8'), 'echo ')
  assert.ok(!commandOf(pid!))
})

test('a server whose port another process took moves', async (t) => {
  const service = serviceOf(answering(['echo', 'echo-2']))
  const folder = place(t, service)
  const url = await service.start(folder, () => undefined)
  await service.stop(folder)
  const { port } = readKept(folder, 'echo')!
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port + 1, '127.0.0.1', resolve))
  t.after(() => other.close())
  const said: string[] = []
  const moved = await service.start(folder, (sentence) => void said.push(sentence))
  assert.notEqual(moved, url)
  assert.match(said[0] ?? '', new RegExp(`^a port of ${port} .* echo moves to ${readKept(folder, 'echo')?.port}$`))
})

test('one that ends at once is told with the end of its log, and nothing of it stays', async (t) => {
  const plan = answering(['names', 'echo'])
  const broken: ServerPlan = {
    ...plan,
    async prepare(kept, say) {
      const [names] = await plan.prepare(kept, say)
      const fails = "console.error('no room'); process.exit(1)"
      return [names!, { name: 'echo', command: process.execPath, args: ['-e', fails, `${kept.home}/`], env: {} }]
    },
  }
  const service = serviceOf(broken)
  const folder = place(t, service)
  await assert.rejects(
    service.start(folder, () => undefined),
    /^Error: echo has ended at once\. Its log .*server\.log ends with:\nno room$/,
  )
  assert.deepEqual(runningIn(join(folder, 'echo')), [])
})

test('the number of a process that is gone is no server, and whose number it is now is left alone', async (t) => {
  const service = serviceOf(answering(['echo']))
  const folder = folderFor(t)
  const home = join(folder, 'echo')
  mkdirSync(home)
  writeFileSync(join(folder, 'echo.json'), JSON.stringify({ port: 1, password: 'x', home }))
  for (const number of [String(process.pid), '1', '-1', 'nonsense', '']) {
    writeFileSync(join(home, 'echo.pid'), `${number}\n`)
    assert.equal(pidOf(home, 'echo'), undefined)
    assert.equal(await service.stop(folder), false)
  }
})
