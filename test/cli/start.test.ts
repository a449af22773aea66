import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../tools/root.ts'
import { folderFor } from '../fixtures/folder.ts'
import { commandProcess, line, lineWith, shopFolder, shopModule } from './line.fixture.ts'

test('start says what runs, and drains when it is asked to end', async (t) => {
  const folder = await shopFolder(t)
  const running = commandProcess(t, folder, 'start', '--system', shopModule, '--store', 'shop.db')
  await running.until(/Interrupt it to stop/)
  const { out } = running.said()
  assert.match(out, /^shop runs in mode production on sqlite shop\.db \(4 events\)\n {2}services +orders\n/)
  assert.match(out, /views +orders \(async\), ordersInline \(inline\), ordersLive \(live\)/)
  const lag = JSON.parse((await line(folder, 'lag', '--store', 'shop.db', '--json')).out)
  assert.ok(lag.every(({ owners }: { owners: string[] }) => owners.length === 1))
  running.kill('SIGTERM')
  assert.equal(await running.ended, 0)
  assert.match(running.said().err, /stopping: finishing what is in flight\nstopped\n$/)
  const after = JSON.parse((await line(folder, 'lag', '--store', 'shop.db', '--json')).out)
  assert.ok(after.every(({ owners }: { owners: string[] }) => owners.length === 0))
})

test('with --json it says so in one line', async (t) => {
  const folder = folderFor(t)
  const stop = new AbortController()
  const stdout = {
    isTerminal: false,
    columns: 80,
    async write(text: string) {
      said += text
      stop.abort()
    },
  }
  let said = ''
  const { code } = await lineWith(
    { folder, stdout, stop: stop.signal },
    'start',
    '--system',
    shopModule,
    '--store',
    ':memory:',
    '--json',
  )
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(said), {
    ready: true,
    system: 'shop',
    services: ['orders'],
    mode: 'production',
    store: 'sqlite :memory:',
    head: 0,
  })
})

test('a released event that was changed refuses the start in production, not in development', async (t) => {
  const folder = folderFor(t)
  copyFileSync(shopModule, join(folder, 'shop.ts'))
  for (const name of ['package.json', 'src']) symlinkSync(join(root, name), join(folder, name))
  await line(folder, 'check', '--system', 'shop.ts', '--write')
  const lock = join(folder, 'eventwright.lock.json')
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/"schemaHash": "[^"]+"/, '"schemaHash": "other"'))
  const { code, err } = await line(folder, 'start', '--system', 'shop.ts', '--store', ':memory:')
  assert.equal(code, 1)
  assert.match(err, /^error EW_LOCK_FILE: .*\nevent OrderPlaced: Version 1 was changed/)
  const stop = new AbortController()
  const stdout = { isTerminal: false, columns: 80, write: async () => stop.abort() }
  const dev = await lineWith(
    { folder, stop: stop.signal, stdout },
    'dev',
    '--no-watch',
    '--system',
    'shop.ts',
    '--store',
    ':memory:',
  )
  assert.equal(dev.code, 0)
})
