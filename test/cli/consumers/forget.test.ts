import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { patience } from '../../fixtures/patience.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { running } from '../../runtime/running.fixture.ts'
import { claimed, commitOne, move, won } from '../../../src/testing/contracts/store-case.ts'
import { failed } from '../../../src/testing/contracts/store-parked.ts'
import { line, lineWith, shopFolder, shopModule, type Answer } from '../line.fixture.ts'

const shipping = 'orders/subscription:shipping'
const order = ['--reason', 'taken out', '--by', 'ada', '--store', 'shop.db']
const parts = fileURLToPath(new URL('../../runtime/orders.fixture.ts', import.meta.url))

const forget =
  (folder: string) =>
  (...argv: string[]): Promise<Answer> =>
    line(folder, 'consumers', 'forget', ...argv, ...order)

/** The shop a release later, whose module has lost all but its orders. */
async function laterShop(t: TestContext): Promise<{ readonly folder: string; readonly later: string }> {
  const folder = await shopFolder(t)
  const later = join(folder, 'later.mts')
  writeFileSync(
    later,
    `import { service, system } from ${JSON.stringify(import.meta.resolve('eventwright'))}
     import { Order } from ${JSON.stringify(parts)}
     export default system('shop', { services: [service('orders', { parts: [Order] })] })`,
  )
  return { folder, later }
}

test('consumers are listed with what is left of them, and a system tells which it has no part for', async (t) => {
  const { folder, later } = await laterShop(t)
  const list = await line(folder, 'consumers', 'list', '--store', 'shop.db')
  assert.match(list.out, /^orders\/subscription:shipping +log +1 +\d +0 +0 *$/m)
  assert.match(list.out, /^view:orders#1 +log +1 +\d +0 +0 +active$/m)
  assert.doesNotMatch(list.out, /housekeeping|in the system/)
  const lists = ['consumers', 'list', '--store', 'shop.db', '--json', '--system']
  const lost = async (system: string): Promise<string[]> => {
    const known = JSON.parse((await line(folder, ...lists, system)).out) as { consumer: string; declared: boolean }[]
    return known.filter(({ declared }) => !declared).map(({ consumer }) => consumer)
  }
  assert.deepEqual(await lost(shopModule), [])
  assert.deepEqual(await lost(later), [shipping, 'view:orders#1', 'view:ordersInline#1'])
})

test('a consumer that the system has lost is forgotten, which is told and noted, and one that it has is refused', async (t) => {
  const { folder, later } = await laterShop(t)
  const run = forget(folder)
  const declared = await run(shipping, '--system', shopModule, '--json')
  assert.deepEqual([declared.code, JSON.parse(declared.err).error.code], [1, 'EW_CONSUMER_DECLARED'])
  const { code, out } = await run(shipping, '--system', later)
  assert.equal(code, 0)
  assert.match(out, /^orders\/subscription:shipping: forgotten with 1 bucket at \d\nnoted in the stream ew\.operator/)
  const kept = await run('view:orders#1')
  assert.equal(kept.code, 1)
  assert.match(kept.err, /EW_CONSUMER_NOT_EMPTY.*view_orders_1[^]*--with-rows/)
  const view = await run('view:orders#1', '--with-rows', '--json')
  assert.deepEqual(JSON.parse(view.out).table, 'view_orders_1')
  assert.doesNotMatch((await line(folder, 'views', 'list', '--store', 'shop.db')).out, /^orders /m)
  const noted = await line(folder, 'store', 'read', 'ew.operator/actions', '--store', 'shop.db')
  assert.match(noted.out, /ConsumerForgotten[^]*shipping[^]*ada[^]*taken out/)
  assert.equal((await line(folder, 'store', 'verify', '--store', 'shop.db')).code, 0)
  const names = JSON.parse((await line(folder, 'lag', '--store', 'shop.db', '--json')).out) as { name: string }[]
  assert.deepEqual(
    names.map(({ name }) => name).filter((name) => /shipping|view/.test(name)),
    ['view:ordersInline#1'],
  )
})

test('a consumer that a process works for is left alone, and dead letters go only when that is said', async (t) => {
  const folder = await shopFolder(t)
  const run = forget(folder)
  const open = await running(t, shop, { store: sqlite(join(folder, 'shop.db')) })
  const held = await run(shipping, '--json')
  assert.deepEqual([held.code, JSON.parse(held.err).error.code], [1, 'EW_CONSUMER_HELD'])
  await open.execute(PlaceOrder({ orderId: 'c', customer: 'Cid', total: '3' }))
  assert.ok(await open.caughtUp(patience))
  assert.equal((await open.views.orders.get('c'))?.status, 'shipped')
  await open.stop()

  const store = await sqlite(join(folder, 'shop.db')).open({ clock: systemClock })
  const row = await claimed(store, 'gone')
  const parks = ['a', 'b'].map((key, at) => failed(key, at + 1, { consumer: 'gone' }))
  won(await commitOne(store, { positions: [move(row, 2)], parks }))
  await store.ownership.release([row])
  await store.close()
  const left = await run('gone', '--json')
  assert.deepEqual(JSON.parse(left.err).error.details, { consumer: 'gone', parkedKeys: 2, table: null })
  const { code, out } = await run('gone', '--with-dead-letters')
  assert.deepEqual([code, out.split('\n')[0]], [0, 'gone: forgotten with 1 bucket at 2, 2 dead letters'])
  assert.match((await line(folder, 'dead-letters', 'list', '--store', 'shop.db')).out, /no dead letters/)
})

test('without a reason it is wrongly called, by default $USER does it, and nearly right names get a suggestion', async (t) => {
  const folder = await shopFolder(t)
  const bare = ['consumers', 'forget', '--store', 'shop.db']
  assert.equal((await line(folder, ...bare, shipping)).code, 2)
  assert.equal((await line(folder, ...bare, '--reason', 'x')).code, 2)
  const blank = await line(folder, ...bare, shipping, '--reason', ' ', '--json')
  assert.equal(JSON.parse(blank.err).error.code, 'EW_TEXT')
  assert.match(
    (await forget(folder)('orders/subscription:shiping')).err,
    /Did you mean "orders\/subscription:shipping"\?/,
  )
  const done = await lineWith({ folder, env: { USER: 'bob' } }, ...bare, shipping, '--reason', 'x')
  assert.equal(done.code, 0, done.err)
  const read = ['store', 'read', 'ew.operator/actions', '--store', 'shop.db', '--json']
  assert.equal(JSON.parse((await line(folder, ...read)).out).meta.actor, 'bob')
})

test('names that would steer a terminal or a statement are shown harmless and match nothing but themselves', async (t) => {
  const folder = await shopFolder(t)
  const odd = "o'\u001b[2J\u202e%; drop table ew_ownership --"
  const store = await sqlite(join(folder, 'shop.db')).open({ clock: systemClock })
  await store.ownership.ensure(odd, 'log', 1, 0)
  await store.close()
  const count = async (): Promise<number> => {
    const { out } = await line(folder, 'consumers', 'list', '--store', 'shop.db', '--json')
    return (JSON.parse(out) as unknown[]).length
  }
  const before = await count()
  const answers = [await line(folder, 'consumers', 'list', '--store', 'shop.db')]
  for (const name of ['%', '', 'x'.repeat(10_000), 'a\u0000b', '\ud800', '__proto__', '\u001b[2J\u202e']) {
    const answer = await forget(folder)(name)
    assert.equal(answer.code, 1)
    assert.match(answer.err, /EW_CONSUMER_UNKNOWN/)
    answers.push(answer)
  }
  assert.equal(await count(), before)
  answers.push(await forget(folder)(odd))
  assert.equal(answers.at(-1)!.code, 0)
  assert.equal(await count(), before - 1)
  for (const { out, err } of answers) {
    assert.ok(!/[\u0000\u001b\u202e]/.test(out + err) && (out + err).isWellFormed())
    assert.ok(err.length < 10_000)
  }
})

if (postgresUrl() !== undefined)
  test('a store in PostgreSQL can be copied into a file once a consumer that stood uneven is forgotten', async (t) => {
    const { url, schema, adapter } = freshPostgres()
    const folder = await shopFolder(t)
    const open = await start(shop, { store: adapter })
    await open.execute(PlaceOrder({ orderId: 'a', customer: 'Ann', total: '1' }))
    assert.ok(await open.caughtUp(patience))
    await open.stop()
    const store = await adapter.open({ clock: systemClock })
    await store.ownership.ensure('wide', 'log', 4, 0)
    const rows = await store.ownership.claim('wide', 'log', 'p', 60_000)
    won(await commitOne(store, { positions: [move(rows[2]!, 1)] }))
    await store.ownership.release(rows)
    await store.close()
    const copy = (): Promise<Answer> => line(folder, 'store', 'copy', url, 'copy.db', '--from-schema', schema, '--json')
    assert.match((await copy()).err, /EW_CONSUMERS_NOT_LEVEL/)
    const pg = ['--store', url, '--schema', schema]
    const list = await line(folder, 'consumers', 'list', ...pg)
    assert.match(list.out, /^wide +log +4 +0–1 +0 +0/m)
    const { code, out, err } = await line(folder, 'consumers', 'forget', 'wide', '--reason', 'x', ...pg)
    assert.equal(code, 0, err)
    assert.match(out, /^wide: forgotten with 4 buckets from 0 to 1\n/)
    const copied = await copy()
    assert.equal(copied.code, 0, copied.err)
  })
