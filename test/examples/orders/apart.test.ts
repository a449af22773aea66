import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { dropPostgres } from 'eventwright/postgres'
import { InvoiceFile } from '../../../examples/orders/importer/read-invoices.ts'
import { sampleFile } from '../../../examples/orders/settings.ts'
import { storeFrom, type Database } from '../../../examples/orders/store-place.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { mongodbUrl } from '../../fixtures/mongodb.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../../fixtures/private-rabbitmq.ts'
import { longTest } from '../../fixtures/torture.ts'
import { until } from '../../runtime/running.fixture.ts'
import { answers, ask, askPatiently, post } from './open-shop.ts'
import { run } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const parts = ['orders', 'inventory', 'payments', 'analytics']
const patienceMs = 120_000

/** Whether a sale of the file is confirmed; a machine under load may have left its payment no time. */
async function isConfirmed(front: string, invoice: string): Promise<boolean> {
  let order: { readonly status?: unknown; readonly reason?: unknown } = {}
  await until(
    `a decision on ${invoice}`,
    async () => {
      order = (await askPatiently(`${front}/orders/invoice-${invoice}?wait=30s`)).body
      return order.status !== 'pending'
    },
    patienceMs,
  )
  if (order.status !== 'confirmed') assert.deepEqual([order.status, order.reason], ['cancelled', 'payment_unanswered'])
  return order.status === 'confirmed'
}

/** What was sold in each country, from the file and what became of each order: `United Kingdom 57 4 15.30`. */
async function expectedSales(front: string): Promise<readonly string[]> {
  const sales = new Map<string, { orders: number; notes: number; thousandths: bigint }>()
  for await (const found of (await InvoiceFile.open(sampleFile)).found()) {
    if (found.kind === 'rejected') continue
    if (found.kind === 'sale' && !(await isConfirmed(front, found.number))) continue
    const sum = found.items.reduce((all, { quantity, unitPrice }) => {
      const [whole, fraction = ''] = unitPrice.split('.') as [string, string?]
      return all + BigInt(quantity) * BigInt(whole + fraction.padEnd(3, '0'))
    }, 0n)
    const { orders, notes, thousandths } = sales.get(found.country) ?? { orders: 0, notes: 0, thousandths: 0n }
    const isSale = found.kind === 'sale'
    sales.set(found.country, {
      orders: orders + (isSale ? 1 : 0),
      notes: notes + (isSale ? 0 : 1),
      thousandths: thousandths + (isSale ? sum : -sum),
    })
  }
  return [...sales].toSorted().map(([country, { orders, notes, thousandths }]) => {
    const pence = thousandths / 10n
    return `${country} ${orders} ${notes} ${pence / 100n}.${String(pence % 100n).padStart(2, '0')}`
  })
}

async function schemasLike(url: string, schema: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const sql = 'select schema_name from information_schema.schemata where schema_name like $1 order by 1'
    const { rows } = await client.query<{ schema_name: string }>(sql, [`${schema}%`])
    return rows.map((row) => row.schema_name)
  } finally {
    await client.end()
  }
}

/** The shop by its command, with the sample replayed as fast as it goes: what it sells is what the file says. */
async function sells(t: TestContext, kind: 'kafka' | 'rabbitmq', broker: string, views: string): Promise<void> {
  const { schema } = freshPostgres()
  const url = postgresUrl()
  const env = { EVENTWRIGHT_STORE: url, EVENTWRIGHT_SCHEMA: schema, EVENTWRIGHT_DATA: folderOfStores(t) }
  const place = storeFrom(env) as Database
  t.after(async () => {
    for (const part of parts) await dropPostgres(place.url, { schema: `${schema}_${part}` })
  })
  // What it is run with comes from here.
  process.env['EVENTWRIGHT_BROKER'] = broker
  process.env['EVENTWRIGHT_VIEWS'] = views
  t.after(() => {
    delete process.env['EVENTWRIGHT_BROKER']
    delete process.env['EVENTWRIGHT_VIEWS']
  })
  const command = run('apart.ts', place, kind, '--speed', '1000000')
  const front = (await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//))[1]!
  assert.equal((await post(`${front}/stock/LAMP/receipts`, { quantity: 5 })).status, 202)
  const items = [{ sku: 'LAMP', quantity: 9, unitPrice: '2.55' }]
  assert.equal((await post(`${front}/orders`, { orderId: 'one', customerId: 'ada', items })).status, 202)
  assert.equal((await askPatiently(`${front}/orders/one`)).body.orderId, 'one')
  await until('the sample is in', () => command.said.out.includes('The sample is in'), patienceMs)
  const expected = await expectedSales(front)
  let sold: readonly string[] = []
  await until(
    'all of it is sold',
    async () => {
      const { body } = await ask(`${front}/sales/countries`)
      sold = body.map((each: any) => `${each.country} ${each.orders} ${each.creditNotes} ${each.net}`)
      return sold.join() === expected.join()
    },
    patienceMs,
  ).catch(() => assert.deepEqual(sold, expected))
  assert.equal((await askPatiently(`${front}/orders/one?wait=30s`)).body.reason, 'out_of_stock')
  await answers(`${front}/stock/LAMP`, { sku: 'LAMP', onHand: 5, reserved: 0 })
  command.child.kill('SIGTERM')
  assert.equal(await command.ended, 0, command.said.error)
  assert.deepEqual(await schemasLike(place.url, schema), parts.map((part) => `${schema}_${part}`).toSorted())
}

if (kafkaBrokers() !== undefined && postgresUrl() !== undefined)
  test('one command runs the shop as four processes with schemas of their own over Kafka, and it sells the sample', async (t) => {
    const { prefix } = freshKafka()
    const url = mongodbUrl()
    const database = prefix.slice(0, 40)
    if (url !== undefined) t.after(() => dropDatabases(url, database))
    const views = url === undefined ? 'store' : `${url}/${database}`
    await sells(t, 'kafka', `kafka://${kafkaBrokers()}?maxReplicas=1&prefix=${prefix}`, views)
    if (url === undefined) return
    assert.deepEqual(await databasesLike(url, database), parts.map((part) => `${database}_${part}`).toSorted())
  })

if (hasPrivateRabbitmq && postgresUrl() !== undefined)
  longTest('one command runs the shop as four processes with schemas of their own over RabbitMQ', async (t) => {
    const { url } = await privateRabbitmq(t)
    await sells(t, 'rabbitmq', url, 'store')
  })

async function databasesLike(url: string, name: string): Promise<readonly string[]> {
  const client = new MongoClient(url)
  try {
    const { databases } = await client.db().admin().listDatabases()
    return databases
      .map((each) => each.name)
      .filter((each) => each.startsWith(name))
      .toSorted()
  } finally {
    await client.close()
  }
}

async function dropDatabases(url: string, name: string): Promise<void> {
  const client = new MongoClient(url)
  try {
    for (const each of await databasesLike(url, name)) await client.db(each).dropDatabase()
  } finally {
    await client.close()
  }
}
