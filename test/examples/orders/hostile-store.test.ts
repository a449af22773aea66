import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, test } from 'node:test'
import { openShop } from '../../../examples/orders/open.ts'
import { ReceiveStock } from '../../../examples/orders/shop/inventory/stock.ts'
import { goodOrder, orderWith } from './hostile-cases.ts'
import { writeAsNewerRelease } from './hostile-release.ts'
import { startServer } from './hostile-server.ts'
import { run } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const folder = folderOfStores()
const sound = join(folder, 'sound.db')
const bytesOf = (file: string): Buffer => readFileSync(file)

before(async () => {
  const shop = await openShop(sound)
  await shop.execute(ReceiveStock({ sku: 'LAMP', quantity: 5 }))
  await shop.stop()
})

/** Where the server is told to keep its events, how that is made, its code, and what it says beside the path. */
type StoreCase = readonly [what: string, make: (file: string) => void, code: string, says: RegExp]

const text = (content: string | Uint8Array) => (file: string) => writeFileSync(file, content)
const damaged = (from: number, to: number) => (file: string) => {
  const bytes = bytesOf(sound)
  writeFileSync(file, bytes.fill(0xa5, from, Math.min(to, bytes.length)))
}
const cut = (share: number) => (file: string) =>
  writeFileSync(file, bytesOf(sound).subarray(0, bytesOf(sound).length * share))
const sql = (statements: string) => (file: string) => {
  const database = new DatabaseSync(file)
  database.exec(statements)
  database.close()
}

const noDatabase = /is not a SQLite database, or its beginning is destroyed\. .*\S/
const isDamaged = /is damaged\. Check the path; if it is the right file, restore it from a backup/
const foreign = /of another application; it was not touched\. Check the path/

const stores: readonly StoreCase[] = [
  ['a text', text('Dear Sir or Madam,\n'), 'EW_STORE_CORRUPT', noDatabase],
  ['a store with a damaged first page', damaged(100, 4_096), 'EW_STORE_CORRUPT', isDamaged],
  ['a store with nothing sound behind the first page', damaged(4_096, 1_000_000), 'EW_STORE_CORRUPT', isDamaged],
  ['half a store', cut(0.5), 'EW_STORE_CORRUPT', isDamaged],
  [
    'a database of another application',
    sql('pragma journal_mode = wal; create table a (id)'),
    'EW_STORE_FOREIGN',
    foreign,
  ],
  ['a folder', (file) => mkdirSync(file), 'EW_STORE_FAILED', /is not a file\./],
  ['a link to itself', (file) => symlinkSync(file, file), 'EW_STORE_FAILED', /cannot be read and written\./],
  [
    'a store of a newer format',
    (file) => (writeFileSync(file, bytesOf(sound)), sql('pragma user_version = 99')(file)),
    'EW_STORE_NEWER',
    /has format 99, and this release knows formats up to \d+\. Run the newer release\./,
  ],
]

/** Every name in a folder, with its bytes if it is a file. */
function contentsOf(place: string): [name: string, bytes: Buffer | undefined][] {
  return readdirSync(place).map((name) => {
    const isFile = lstatSync(join(place, name)).isFile()
    return [name, isFile ? readFileSync(join(place, name)) : undefined]
  })
}

describe('the server says why it does not start, and changes nothing, on', { concurrency: 2 }, () => {
  for (const [index, [what, make, code, says]] of stores.entries()) {
    test(what, async () => {
      const place = join(folder, String(index))
      const file = join(place, 'shop.db')
      mkdirSync(place)
      make(file)
      const contents = contentsOf(place)
      const { ended, said } = run('start.ts', file, '--speed', '0')
      assert.equal(await ended, 1)
      assert.equal(said.out, '')
      assert.match(said.error, /^[^\n]+\n$/, 'one line')
      assert.ok(said.error.startsWith(`${code}: `) && said.error.includes(file), said.error)
      assert.match(said.error, says)
      assert.deepEqual(contentsOf(place), contents)
    })
  }
})

for (const [what, kind, code] of [
  ['of a newer version', 'version', 'EW_EVENT_NEWER'],
  ['of an unknown type', 'type', 'EW_EVENT_UNKNOWN'],
] as const) {
  test(`an event ${what} is left alone: its order is refused, others are taken, and the log says why`, async () => {
    const store = join(folder, `${kind}.db`)
    const place = (body: string) => ({ method: 'POST', path: '/orders', body })
    const first = await startServer(store)
    assert.equal((await first.ask(place(orderWith('orderId', '"earlier"')))).status, 202)
    await first.rows()
    first.child.kill('SIGTERM')
    assert.equal(await first.ended, 0, first.said.error)
    await writeAsNewerRelease(store, kind, 'later')

    const server = await startServer(store)
    const before = eventsOf(store, 'Order/later')
    const { status, text } = await server.ask(place(orderWith('orderId', '"later"')))
    const problem = JSON.parse(text) as { code: string; detail: string }
    assert.deepEqual([status, problem.code], [503, 'needs_newer_release'])
    assert.match(problem.detail, /newer release .*; ask again/)
    await server.says(new RegExp(`${code}: .*release`))
    assert.deepEqual(eventsOf(store, 'Order/later'), before)

    assert.equal((await server.ask({ path: '/orders/earlier' })).status, 200)
    const good = await server.ask(place(goodOrder))
    assert.equal(good.status, 202, good.text)
    const { orderId } = JSON.parse(good.text) as { orderId: string }
    const order = await server.ask({ path: `/orders/${orderId}${kind === 'type' ? '?wait=20s' : ''}` })
    assert.equal(order.status, 200)
    // Who meets an unknown type passes it by; who meets a newer version of his own type waits for that release.
    if (kind === 'type') assert.equal((JSON.parse(order.text) as { status: string }).status, 'cancelled')
    assert.equal(count(store, 'ew_parked_keys'), 0)
    assert.equal((await server.ask({ path: '/healthz' })).text, '{"status":"ok"}')
    server.child.kill('SIGTERM')
    assert.equal(await server.ended, 0, server.said.error)
  })
}

function eventsOf(store: string, stream: string): unknown[] {
  const file = new DatabaseSync(store, { readOnly: true })
  const found = file
    .prepare('select type, schema_version, data from ew_events join ew_streams using (no) where stream = ?')
    .all(stream)
  file.close()
  assert.equal(found.length, 1)
  return found
}

function count(store: string, table: string): unknown {
  const file = new DatabaseSync(store, { readOnly: true })
  const found = file.prepare(`select count(*) as rows from ${table}`).get()?.['rows']
  file.close()
  return found
}
