import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, test } from 'node:test'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { InvoiceFile } from '../../examples/orders/importer/read-invoices.ts'
import { importFile } from '../../examples/orders/importer/import-file.ts'
import { openShop } from '../../examples/orders/open.ts'
import { partyFile } from '../../examples/orders/outside/party-file.ts'
import { sampleFile } from '../../examples/orders/settings.ts'
import { ReceiveStock } from '../../examples/orders/shop/inventory/stock.ts'
import { folderOfStores } from '../examples/orders/store-folder.ts'
import { until } from '../runtime/running.fixture.ts'
import { assertBalanced } from './orders-ledger.ts'
import { assertDelivered, assertSeenInOrder } from './orders-told.ts'
import { assertViewsEqualReplay } from './orders-views.ts'
import { placedOrder, received } from './placed-orders.ts'
import { watchedShop } from './witness.ts'

// Those who break the shop on purpose believe these checks, so here each of them meets what it is to find.

const placed = 5
const lines = 200
const folder = folderOfStores()
const store = join(folder, 'shop.db')
const invoices = join(folder, 'some.csv')
let copies = 0

before(async () => {
  writeFileSync(invoices, readFileSync(sampleFile, 'utf8').split('\n').slice(0, lines).join('\n') + '\n')
  const shop = await openShop(store)
  const witness = await start(watchedShop, { store: sqlite(store), services: ['witness'] })
  try {
    for (const receipt of received) await shop.execute(ReceiveStock(receipt))
    for (let number = 0; number < placed; number++) await shop.execute(placedOrder(number))
    const watcher = { progress: () => undefined, rejected: () => undefined }
    await importFile(shop, await InvoiceFile.open(invoices), watcher, new AbortController().signal)
    await until('all are decided', async () => (await shop.views.orders.count({ status: 'pending' })) === 0, 60_000)
    assert.ok(await shop.caughtUp({ timeoutMs: 60_000 }))
    assert.ok(await witness.caughtUp({ timeoutMs: 60_000 }))
  } finally {
    await witness.stop()
    await shop.stop()
  }
})

type Place = 'store' | 'provider' | 'mail'

/** A copy of everything, with one thing changed. */
function planted(where: Place, sql: string): string {
  const copy = join(folder, `planted-${copies++}.db`)
  const files = { store: (path: string) => path, ...partyFiles }
  for (const fileOf of Object.values(files)) run(fileOf(store), `vacuum into '${fileOf(copy)}'`)
  assert.ok(run(files[where](copy), sql) > 0, `nothing was changed by ${sql}`)
  return copy
}

const partyFiles = {
  provider: (path: string) => partyFile('provider', path),
  mail: (path: string) => partyFile('mail', path),
}

function run(file: string, sql: string): number {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  try {
    return Number(database.prepare(sql).run().changes)
  } finally {
    database.close()
  }
}

const checks = {
  books: (file: string) => assertBalanced({ storeOf: () => file, invoices, placed }),
  told: (file: string) => assertDelivered(() => file),
  order: (file: string) => assertSeenInOrder(() => file, file),
  views: (file: string) => assertViewsEqualReplay(file),
}

const receipt = (consumer: string): string => `(select min(key) from ew_inbox where consumer = '${consumer}')`
const settling = 'inventory/subscription:settle-goods'
const eventOf = (type: string): string => `seq = (select min(seq) from ew_events where type = '${type}')`
const goods = `type = 'Seen' and data like '%inventory-events%'`
const renamed = (type: string): string => `update ew_events set type = 'Nothing' where ${eventOf(type)}`

const faults: readonly (readonly [string, keyof typeof checks, Place, string])[] = [
  ['a message that did not arrive', 'told', 'store', `delete from ew_inbox where key = ${receipt(settling)}`],
  ['a receipt for nothing', 'told', 'store', `update ew_inbox set key = 'Order/no@2' where key = ${receipt(settling)}`],
  ['mail that did not arrive', 'told', 'store', `delete from ew_mail where saga = 'shipping' and seq % 7 = 1`],
  ['an event that was not seen', 'order', 'store', renamed('Seen')],
  [
    'an event that was seen twice',
    'order',
    'store',
    `update ew_events set data = (select data from ew_events where ${eventOf('Seen')}) where ${goods}
      and seq = (select max(seq) from ew_events where ${goods})`,
  ],
  [
    'events that were turned round',
    'order',
    'store',
    `update ew_events set data = replace(replace(replace(data, '"version":1', '"version":0'), '"version":2',
      '"version":1'), '"version":0', '"version":2') where ${goods}`,
  ],
  ['an order that is not decided', 'books', 'store', renamed('OrderConfirmed')],
  ['a parcel that did not leave', 'books', 'store', renamed('ParcelDispatched')],
  ['a sale that was not counted', 'books', 'store', renamed('SaleRecorded')],
  ['a charge that is lost', 'books', 'provider', `update charges set outcome = 'declined' where outcome = 'charged'`],
  [
    'a charge that was given back',
    'books',
    'provider',
    `update charges set refunded = pence where outcome = 'charged'`,
  ],
  ['a charge of another sum', 'books', 'provider', `update charges set pence = pence + 1 where outcome = 'charged'`],
  ['a mail that was not sent', 'books', 'mail', 'delete from messages where rowid = 1'],
  ['stock that is gone', 'books', 'store', `update view_stock_1 set "onHand" = "onHand" - 1 where sku = 'TEA'`],
  ['a row that no event gives', 'views', 'store', `update "view_salesByCountry_1" set "orders" = "orders" + 1`],
]

test('of a shop that nobody has broken the books balance and everything has arrived', async () => {
  await checks.books(store)
  checks.told(store)
  assert.ok(checks.order(store) > 0)
})

for (const [what, check, where, sql] of faults)
  test(`${what} is found`, async () => {
    const file = planted(where, sql)
    await assert.rejects(async () => checks[check](file), assert.AssertionError)
  })

test('of a shop that nobody has broken views are what a replay gives', () => checks.views(store))
