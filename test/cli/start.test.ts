import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { service, start, system } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { root } from '../../tools/root.ts'
import { folderFor } from '../fixtures/folder.ts'
import { heldBuild } from '../runtime/held-build.fixture.ts'
import { Order, Orders, PlaceOrder } from '../runtime/orders.fixture.ts'
import { commandProcess, line, lineWith, shopFolder, shopModule } from './line.fixture.ts'

test('start says what runs, and drains when it is asked to end', async (t) => {
  const folder = await shopFolder(t)
  const running = commandProcess(t, folder, 'start', '--system', shopModule, '--store', 'shop.db')
  await running.until(/Interrupt it to stop/)
  const { out } = running.said()
  assert.match(out, /^shop runs in mode production on sqlite shop\.db \(4 events\)\n {2}services +orders\n/)
  assert.match(running.said().err, /^no eventwright\.lock\.json beside the system; /)
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
  const started = (...command: string[]): ReturnType<typeof lineWith> => {
    const stop = new AbortController()
    const stdout = { isTerminal: false, columns: 80, write: async () => stop.abort() }
    const given = { folder, stop: stop.signal, stdout }
    return lineWith(given, ...command, '--system', 'shop.ts', '--store', ':memory:')
  }
  const { code, err } = await started('start')
  assert.equal(code, 1)
  assert.match(err, /^error EW_LOCK_FILE: .*\nevent OrderPlaced: Version 1 was changed/)
  const dev = await started('dev', '--no-watch')
  assert.equal(dev.code, 0)
  assert.match(dev.err, /in production this design would not start\n.*EW_LOCK_FILE: .*\nevent OrderPlaced: Version 1/)
})

test('while it waits for a first build it tells how far that is, and can be interrupted', async (t) => {
  const folder = folderFor(t)
  const store = sqlite(join(folder, 'shop.db'))
  const writer = await start(system('shop', { services: [service('orders', { parts: [Order] })] }), { store })
  await writer.execute(PlaceOrder({ orderId: 'a', customer: 'Ann', total: '1' }))
  await writer.stop()
  const held = await heldBuild(t, store, Orders)
  for (const terminal of [false, true]) {
    let said = ''
    const stop = new AbortController()
    const stderr = {
      isTerminal: terminal,
      columns: 100,
      async write(text: string) {
        said += text
        if (said.includes('building orders')) stop.abort()
      },
    }
    const given = { folder, stderr, stop: stop.signal }
    const { code, out } = await lineWith(given, 'start', '--system', shopModule, '--store', 'shop.db')
    assert.deepEqual([code, out], [0, ''])
    assert.match(
      said,
      terminal ? /\r\S+building orders .* 0\/\d\r\S+stopped before/ : /building orders 0 % \(0 of \d\)\n/,
    )
    assert.match(said, /stopped before it was ready\n$/)
  }
  await held.letGo()
  const after = JSON.parse((await line(folder, 'lag', '--store', 'shop.db', '--json')).out)
  assert.ok(after.every(({ owners }: { owners: string[] }) => owners.length === 0))
})
