import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { everyRow } from '../../../examples/orders/every-row.ts'
import { openShop } from '../../../examples/orders/open.ts'
import { partyFile } from '../../../examples/orders/outside/party-file.ts'
import { sampleFile } from '../../../examples/orders/settings.ts'
import { storeFrom, type Database, type StorePlace } from '../../../examples/orders/store-place.ts'
import { patience } from '../../fixtures/patience.ts'
import { freshPostgres, postgresUrl, type FreshPostgres } from '../../fixtures/postgres.ts'
import { answers, ask, openForTest, post } from './open-shop.ts'
import { run, type Command } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const url = postgresUrl()

/** A shop in a schema of its own, which goes with the test. */
function freshPlace(t: TestContext, { schema }: FreshPostgres = freshPostgres()): Database {
  const EVENTWRIGHT_DATA = folderOfStores(t)
  return storeFrom({ EVENTWRIGHT_STORE: url, EVENTWRIGHT_SCHEMA: schema, EVENTWRIGHT_DATA }) as Database
}

async function urlOf(command: Command): Promise<string> {
  return (await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//))[1] as string
}

async function rowsIn(store: StorePlace) {
  const shop = await openShop(store)
  try {
    assert.ok(await shop.caughtUp(patience))
    const { orders, stock, salesByCountry, salesByDay } = shop.views
    const [allOrders, allStock] = [await everyRow(orders), await everyRow(stock)]
    const sales = [await everyRow(salesByCountry), await everyRow(salesByDay)]
    assert.deepEqual(await shop.inspect.deadLetters.list({ limit: 10 }), [])
    for await (const { findings } of shop.inspect.verify()) assert.deepEqual(findings, [])
    return { allOrders, allStock, sales }
  } finally {
    await shop.stop()
  }
}

/** The same rows; a machine under load may have left a payment no time, and then all other orders are the same. */
function assertAlike(...both: readonly Awaited<ReturnType<typeof rowsIn>>[]): void {
  const all = both.flatMap(({ allOrders }) => allOrders)
  const undone = new Set(all.filter(({ reason }) => reason === 'payment_unanswered').map(({ orderId }) => orderId))
  const [one, other] = both.map((rows) =>
    undone.size === 0 ? rows : rows.allOrders.filter(({ orderId }) => !undone.has(orderId)),
  )
  assert.deepEqual(one, other)
}

async function imported(store: StorePlace): Promise<{ readonly summary: object; readonly said: Command['said'] }> {
  const { ended, said } = run('import.ts', store, sampleFile, '--json')
  assert.equal(await ended, 0, said.error)
  const { durationMs: _, ...summary } = JSON.parse(said.out) as { durationMs: number }
  return { summary, said }
}

function showsNoPassword({ said }: Command): void {
  const secret = `:${new URL(url!).password}@`
  assert.ok(!said.out.includes(secret) && !said.error.includes(secret))
}

/** Waits until so many processes have a part of the work; fails after a minute. */
async function shared({ url, schema }: Database, processes: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const owners = `select count(distinct owner)::int as count from ${schema}.ew_ownership where until > ${schema}.ew_now()`
    const giveUp = performance.now() + 60_000
    for (let count = 0; count < processes; await sleep(50)) {
      assert.ok(performance.now() < giveUp, `${count} of ${processes} processes have a part of the work`)
      count = (await client.query<{ count: number }>(owners)).rows[0]!.count
    }
  } finally {
    await client.end()
  }
}

const items = (quantity: number): object[] => [{ sku: 'LAMP', quantity, unitPrice: '2.55' }]

if (url !== undefined) {
  test('the sample imported into PostgreSQL gives the rows that it gives in SQLite, and once', async (t) => {
    const place = freshPlace(t)
    const file = join(folderOfStores(t), 'shop.db')
    const [first, other] = [await imported(place), await imported(file)]
    assert.deepEqual(first.summary, { orders: 61, creditNotes: 4, rejectedLines: 1, new: 65 })
    assert.deepEqual(other.summary, first.summary)
    const rows = await rowsIn(place)
    assertAlike(rows, await rowsIn(file))
    assert.deepEqual((await imported(place)).summary, { ...first.summary, new: 0 })
    assert.deepEqual(await rowsIn(place), rows)
    for (const kind of ['provider', 'mail'] as const) assert.ok(existsSync(partyFile(kind, place.beside)))
  })

  test('over HTTP one order is confirmed and one beyond stock is cancelled', async (t) => {
    const shop = await openForTest(freshPlace(t))
    assert.equal((await post(`${shop.url}/stock/LAMP/receipts`, { quantity: 5 })).status, 202)
    await post(`${shop.url}/orders`, { orderId: 'one', customerId: 'ada', items: items(2) })
    await post(`${shop.url}/orders`, { orderId: 'two', customerId: 'ada', items: items(9) })
    assert.equal((await ask(`${shop.url}/orders/one?wait=20s`)).body.status, 'confirmed')
    const { body } = await ask(`${shop.url}/orders/two?wait=20s`)
    assert.deepEqual([body.status, body.reason], ['cancelled', 'out_of_stock'])
    await answers(`${shop.url}/stock/LAMP`, { sku: 'LAMP', onHand: 3, reserved: 0 })
    assert.deepEqual((await ask(`${shop.url}/payments/one`)).body, { charged: '5.10', refunded: '0.00' })
    assert.deepEqual((await ask(`${shop.url}/payments/two`)).body, { charged: '0.00', refunded: '0.00' })
    assert.deepEqual(shop.reported, [])
  })

  test('three shops on one database share the work of one shop, also when one of them is killed', async (t) => {
    const place = freshPlace(t)
    const shops = Array.from({ length: 3 }, () => run('start.ts', place, '--speed', '0'))
    const urls = await Promise.all(shops.map(urlOf))
    await shared(place, 3)
    await post(`${urls[0]}/stock/LAMP/receipts`, { quantity: 50 })
    const order = async (orderId: string, at: number): Promise<void> => {
      const { status, body } = await post(`${urls[at]}/orders`, { orderId, customerId: 'ada', items: items(1) })
      assert.equal(status, 202, JSON.stringify(body))
    }
    const decided = async (orderId: string, at: number): Promise<string> =>
      (await ask(`${urls[at]}/orders/${orderId}?wait=30s`)).body.status
    for (const [at] of urls.entries()) await order(`before-${at}`, at)
    for (const [at] of urls.entries()) assert.equal(await decided(`before-${at}`, (at + 1) % 3), 'confirmed')

    for (const at of [1, 2]) await order(`during-${at}`, at)
    shops[0]!.child.kill('SIGKILL')
    for (const at of [1, 2]) await order(`after-${at}`, at)
    for (const when of ['during', 'after'])
      for (const at of [1, 2]) assert.equal(await decided(`${when}-${at}`, 3 - at), 'confirmed')
    await answers(`${urls[1]}/stock/LAMP`, { sku: 'LAMP', onHand: 43, reserved: 0 })
    for (const shop of shops.slice(1)) {
      shop.child.kill('SIGTERM')
      assert.equal(await shop.ended, 0, shop.said.error)
    }
    shops.forEach(showsNoPassword)
  })

  test('every service runs as a process of its own on PostgreSQL', async (t) => {
    const command = run('processes.ts', freshPlace(t), '--speed', '0')
    const front = await urlOf(command)
    await post(`${front}/stock/LAMP/receipts`, { quantity: 5 })
    await post(`${front}/orders`, { orderId: 'one', customerId: 'ada', items: items(1) })
    assert.equal((await ask(`${front}/orders/one?wait=20s`)).body.status, 'confirmed')
    command.child.kill('SIGTERM')
    assert.equal(await command.ended, 0, command.said.error)
    showsNoPassword(command)
  })

  test('--fresh begins anew in the schema, and drops no schema that is something else', async (t) => {
    const place = freshPlace(t)
    const first = run('start.ts', place, '--speed', '0')
    const at = await urlOf(first)
    await post(`${at}/stock/LAMP/receipts`, { quantity: 5 })
    await post(`${at}/orders`, { orderId: 'one', customerId: 'ada', items: items(1) })
    assert.equal((await ask(`${at}/orders/one?wait=20s`)).body.status, 'confirmed')
    first.child.kill('SIGTERM')
    assert.equal(await first.ended, 0, first.said.error)
    const second = run('start.ts', place, '--speed', '0', '--fresh')
    const again = await urlOf(second)
    assert.equal((await ask(`${again}/stock/LAMP`)).body.onHand, 0)
    assert.deepEqual((await ask(`${again}/payments/one`)).body, { charged: '0.00', refunded: '0.00' })
    const other = { ...place, schema: 'information_schema' }
    const third = run('start.ts', other, '--speed', '0', '--fresh')
    assert.equal(await third.ended, 1)
    assert.match(third.said.error, /^EW_CONFIG: .*information_schema.* is no Eventwright store, so it is not deleted/)
    showsNoPassword(third)
  })
}
