import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import pg from 'pg'
import { commandOf } from '../../../tools/services/command-of.ts'
import { findBinaries } from '../../../tools/services/postgres-binaries.ts'
import { pidOf } from '../../../tools/services/postgres-cluster.ts'
import { postgresService as service } from '../../../tools/services/postgres.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'
import { privatePostgres } from '../../fixtures/private-postgres.ts'

/** A folder whose server ends with the test, and what the server said. */
function place(t: TestContext): { readonly folder: string; readonly said: string[]; say(sentence: string): void } {
  // It goes away behind the server, and not before.
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-'))
  t.after(async () => {
    const { home } = service.status(folder)
    await service.stop(folder)
    for (const path of [home ?? folder, folder]) rmSync(path, { recursive: true, force: true })
  })
  const said: string[] = []
  return { folder, said, say: (sentence) => void said.push(sentence) }
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows[0]?.[0]
  } finally {
    await client.end().catch(() => undefined)
  }
}

test('what was never started does not run, and a stop says so', async (t) => {
  const folder = folderFor(t)
  assert.deepEqual(service.status(folder), { pid: undefined, url: undefined, home: undefined })
  assert.equal(await service.stop(folder), false)
})

test('the number of a server that is gone is no server, and whose number it is now is left alone', async (t) => {
  const folder = folderFor(t)
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const data = join(folder, 'postgres/data-15')
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'postmaster.pid'), `${child.pid}\n${data}\n`)
  writeFileSync(
    join(folder, 'postgres.json'),
    JSON.stringify({ port: 1, password: 'x', home: join(folder, 'postgres') }),
  )
  assert.equal(pidOf(data), undefined)
  assert.equal(await service.stop(folder), false)
  assert.match(commandOf(child.pid!) ?? '', /setInterval/)
  assert.equal(child.signalCode, null)
  writeFileSync(join(data, 'postmaster.pid'), 'nonsense')
  assert.equal(pidOf(data), undefined)
})

if (postgresUrl() !== undefined && findBinaries('/nowhere') !== undefined) {
  test('starts at once and one after the other are one server, durable and behind a password', async (t) => {
    const { folder, said, say } = place(t)
    const [url, same] = await Promise.all([service.start(folder, say), service.start(folder, say)])
    const { pid } = service.status(folder)
    assert.equal(same, url)
    assert.equal(await service.start(folder, say), url)
    assert.equal(service.status(folder).pid, pid)
    assert.match(said.at(-1) ?? '', new RegExp(`^postgres runs already, pid ${pid}$`))
    const wanted = { fsync: 'on', synchronous_commit: 'on', data_checksums: 'on', wal_level: 'logical' }
    for (const [name, value] of Object.entries(wanted)) assert.equal(await ask(url, `show ${name}`), value, name)
    assert.equal(await ask(url, 'show listen_addresses'), '127.0.0.1')
    await assert.rejects(ask(url.replace(/:[^:@]+@/, ':guessed@'), 'select 1'), { code: '28P01' })
  })

  test('a stop keeps the data, the port and the password', async (t) => {
    const { folder, say } = place(t)
    const url = await service.start(folder, say)
    await ask(url, 'create table kept as select 42 as n')
    assert.equal(await service.stop(folder), true)
    assert.equal(service.status(folder).pid, undefined)
    await assert.rejects(ask(url, 'select 1'))
    assert.equal(await service.stop(folder), false)
    assert.equal(await service.start(folder, say), url)
    assert.equal(await ask(url, 'select n from kept'), 42)
  })

  test('after a crash it comes back on its port with its data', async (t) => {
    const server = await privatePostgres(t)
    await ask(server.url, 'create table kept as select 42 as n')
    await server.break('SIGKILL')
    await server.start()
    assert.equal(await ask(server.url, 'select n from kept'), 42)
  })

  test('a server whose port was taken meanwhile moves to another', async (t) => {
    const { folder, said, say } = place(t)
    const url = await service.start(folder, say)
    await service.stop(folder)
    const other = createServer()
    const port = Number(new URL(url).port)
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    t.after(() => other.close())
    const moved = await service.start(folder, say)
    assert.notEqual(moved, url)
    assert.ok(said.some((sentence) => sentence.startsWith(`port ${port} is taken by another process`)))
    assert.equal(service.status(folder).url, moved)
    assert.equal(await ask(moved, 'select 1'), 1)
  })

  test('a server that cannot start says why, with the end of its log', async (t) => {
    const { folder, say } = place(t)
    await service.start(folder, say)
    await service.stop(folder)
    const { home } = service.status(folder)
    writeFileSync(join(home!, `data-${findBinaries(folder)!.major}`, 'postgresql.conf'), 'max_connections = many\n')
    await assert.rejects(service.start(folder, say), /has ended at once\. Its log .*ends with:\n[^]*invalid value for/)
  })
}
