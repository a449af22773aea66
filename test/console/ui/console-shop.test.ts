// The console of the order system by the keyboard alone: every page, and an order of every kind, on SQLite, and on
// PostgreSQL with Kafka where both are there.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { BrokerPlace } from '../../../examples/orders/broker-place.ts'
import { storeFrom, type StorePlace } from '../../../examples/orders/store-place.ts'
import { placeOfServer } from '../../../tools/servers.ts'
import { ask, post } from '../../examples/orders/open-shop.ts'
import { folderOfStores } from '../../examples/orders/store-folder.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { thorough } from '../../fixtures/torture.ts'
import { until } from '../../runtime/running.fixture.ts'
import { order, press, write } from './keyboard.fixture.ts'
import { startVisits } from './opened.fixture.ts'
import { confirmedByHand, openConsoleShop, rightAddress, wrongAddress, type ConsoleShop } from './shop.fixture.ts'

interface Place {
  readonly store: StorePlace
  readonly broker: BrokerPlace
}

/** A shop with an order that is confirmed, one whose saga is stuck, and one whose mail is about to be a dead letter. */
async function troubled(t: TestContext, { store, broker }: Place): Promise<ConsoleShop & { readonly saga: string }> {
  const opened = await openConsoleShop(store, { broker })
  const { shop, url, close } = opened
  t.after(close)
  const place = async (orderId: string, more: object = {}): Promise<void> => {
    const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]
    assert.equal((await post(`${url}/orders`, { orderId, customerId: 'ada', items, ...more })).status, 202)
  }
  assert.equal((await post(`${url}/stock/LAMP/receipts`, { quantity: 50 })).status, 202)
  await place('typo', { customerId: wrongAddress })
  await place('fine')
  await place(confirmedByHand, { paymentToken: 'tok_declined' })
  await until('fine is confirmed', async () => (await ask(`${url}/orders/fine?wait=30s`)).body.status === 'confirmed')
  const saga = `order-creation/${confirmedByHand}`
  await until('a saga is stuck', async () => (await shop.inspect.saga(saga))?.status === 'stuck')
  await until('the sale is counted', async () => (await shop.views.salesByCountry.get('United Kingdom')) !== undefined)
  return { ...opened, saga }
}

const folder = folderOfStores()
const executable = placeOfServer('chromium')
if (executable !== undefined && thorough) await testPlaces(executable)

async function testPlaces(browserPath: string): Promise<void> {
  const visit = await startVisits(browserPath)
  const places = new Map<string, () => Place>([
    ['SQLite', () => ({ store: join(folder, 'shop.db'), broker: 'embedded' })],
  ])
  if (postgresUrl() !== undefined && kafkaBrokers() !== undefined)
    places.set('PostgreSQL with Kafka', () => {
      const env = { EVENTWRIGHT_SCHEMA: freshPostgres().schema, EVENTWRIGHT_DATA: folder }
      const broker = `kafka://${kafkaBrokers()}?maxReplicas=1&prefix=${freshKafka().prefix}` as const
      return { store: storeFrom({ ...env, EVENTWRIGHT_STORE: postgresUrl() }), broker }
    })

  for (const [where, placeOf] of places)
    test(`pages and orders of the console by the keyboard alone: the order system on ${where}`, async (t) => {
      const { shop, handler, url, saga } = await troubled(t, placeOf())
      const entered = await visit({ handler, url })
      const { page } = entered
      const link = (name: string | RegExp) => page.getByRole('link', { name, exact: true }).first()
      const navigation = page.getByRole('navigation')
      const goTo = (name: string): Promise<void> => press(page, navigation.getByRole('link', { name, exact: true }))
      for (const name of await navigation.getByRole('link').allInnerTexts()) {
        await goTo(name)
        await page.locator('nav a[aria-current]', { hasText: name }).waitFor()
        await page.getByText('…', { exact: true }).first().waitFor({ state: 'detached' })
        assert.equal(await page.getByRole('alert').count(), 0, name)
      }
      await goTo('Channels')
      const channel = page.getByRole('region', { name: 'order-events', exact: true })
      await press(page, channel.getByText('10 partitions'))
      await channel.getByText('notifications/subscription:decision-mail').waitFor()

      await goTo('Overview')
      await press(page, link(/^order-creation has instances/))
      await press(page, link(saga))
      await order(page, 'Skip', 'paid by bank transfer')
      await page
        .getByRole('region', { name: 'About the instance' })
        .getByText(/\bcompensated\b/)
        .waitFor()

      await page.keyboard.press('/')
      await page.keyboard.type('fine')
      await page.keyboard.press('Enter')
      await press(page, link(/^Order\/fine, 2 events/))
      await order(page, 'Archive', 'it is over')
      await page
        .getByText(/\barchived\b/)
        .first()
        .waitFor()
      await order(page, 'Open again', 'it is not')
      await page
        .getByText(/\bopen\b/)
        .first()
        .waitFor()

      await goTo('Views')
      await press(page, link('salesByCountry'))
      await order(page, 'Rebuild', 'to be sure')
      const jobs = page.getByRole('region', { name: 'Jobs, the newest first' })
      await jobs.getByText('Generation 2 is in use.').waitFor()

      const letters = async (): Promise<number> => (await shop.inspect.deadLetters.counts()).length
      await until('the mail is dead', async () => (await letters()) === 1)
      await goTo('Dead letters')
      await page
        .locator('.quantity', { hasText: /^1 message$/ })
        .first()
        .waitFor()
      await press(page, link('typo'))
      await press(page, page.getByText('Edit its data and replay it'))
      await write(page, page.getByLabel('customerId', { exact: true }), rightAddress)
      await order(page, 'Replay edited', 'a typo')
      await until('the mail is sent', async () => (await letters()) === 0)
      await goTo('Overview')
      await page.getByText('Nothing. Everything that is declared works').waitFor()
      assert.deepEqual(
        entered.faults.filter((fault) => !/\b404\b/.test(fault)),
        [],
      )
    })
}
