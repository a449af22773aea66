// The walks of docs/incidents.md: the order system runs on SQLite, something goes wrong, and a person mends it in the
// console. `npm run shots` takes the pictures of that page by running this file.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { serviceNames } from '../../../examples/orders/shop/system.ts'
import { placeOfServer } from '../../../tools/servers.ts'
import { ask, post } from '../../examples/orders/open-shop.ts'
import { run } from '../../examples/orders/run-command.ts'
import { folderOfStores } from '../../examples/orders/store-folder.ts'
import { thorough } from '../../fixtures/torture.ts'
import { until } from '../../runtime/running.fixture.ts'
import { quiet, startVisits, type Visit } from './opened.fixture.ts'
import {
  confirmedByHand,
  joinShop,
  openConsoleShop,
  pictured,
  rightAddress,
  wrongAddress,
  type ConsoleShop,
} from './shop.fixture.ts'

const withoutAnalytics = serviceNames.filter((name) => name !== 'analytics')

const folder = folderOfStores()
const executable = placeOfServer('chromium')
if (executable !== undefined && thorough) await walk(executable, join(folder, 'shop.db'))

async function walk(browserPath: string, store: string): Promise<void> {
  const visit = await startVisits(browserPath)
  const console = await openConsoleShop(store, { services: withoutAnalytics })
  let analytics = await joinShop(store, ['analytics'])

  const order = async (
    orderId: string,
    more: object = {},
    headers: Record<string, string> = {},
    url = console.url,
  ): Promise<number> => {
    const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]
    return (await post(`${url}/orders`, { orderId, customerId: 'ada', items, ...more }, headers)).status
  }
  const decided = async (orderId: string, url = console.url): Promise<string> => {
    let status = 'pending'
    await until(`a decision on ${orderId}`, async () => {
      status = (await ask(`${url}/orders/${orderId}?wait=30s`)).body.status as string
      return status !== 'pending'
    })
    return status
  }
  const firstPage = (): Promise<void> => visited.to('overview')
  const concern = (text: RegExp, page: Page = visited.page): Locator =>
    page.getByRole('region', { name: 'What needs a person' }).getByRole('row').filter({ hasText: text }).first()
  const consumer = async (name: string) => (await console.shop.inspect.consumers()).find((each) => each.name === name)!

  // Its mail is tried eight times before it is given up, while the other walks are done.
  assert.equal((await post(`${console.url}/stock/LAMP/receipts`, { quantity: 50 })).status, 202)
  assert.equal(await order('typo', { customerId: wrongAddress }), 202)
  assert.equal(await order('fine'), 202)
  assert.equal(await decided('fine'), 'confirmed')
  const visited = await visit(console)

  test('a stuck saga: the card was declined, and somebody had confirmed the order by hand', async () => {
    const { page } = visited
    assert.equal(await order(confirmedByHand, { paymentToken: 'tok_declined' }), 202)
    const saga = `order-creation/${confirmedByHand}`
    const status = async (): Promise<string | undefined> => (await console.shop.inspect.saga(saga))?.status
    await until('it is stuck', async () => (await status()) === 'stuck')
    await firstPage()
    await concern(/order-creation has instances that wait for a person/).waitFor()
    await pictured(page, 'stuck-saga-seen')
    await concern(/order-creation/)
      .getByRole('link')
      .first()
      .click()
    await page.getByRole('link', { name: saga, exact: true }).click()
    await page.getByText('order_confirmed').first().waitFor()
    await page.getByText('payment_declined').first().waitFor()
    await pictured(page, 'stuck-saga')
    await page.getByRole('button', { name: 'Skip' }).click()
    await page.getByLabel('Reason').fill('the customer has paid by bank transfer, so the order stands')
    await page.getByRole('dialog').getByRole('button', { name: 'Skip' }).click()
    await page
      .getByRole('region', { name: 'About the instance' })
      .getByText(/\bcompensated\b/)
      .waitFor()
    assert.equal(await status(), 'compensated')
    await page.getByText('the customer has paid by bank transfer').first().waitFor()
    await firstPage()
    await concern(/order-creation/).waitFor({ state: 'detached' })
    quiet(visited)
  })

  test('a duplicate charge suspected by a customer: one charge, and a repeated request that was answered by its key', async () => {
    const { page } = visited
    // The answer of the first charge is lost, so the saga asks again; and the browser of the customer sends it twice.
    const twice = { paymentToken: 'tok_timeout' }
    const key = { 'idempotency-key': 'cart-7f3a' }
    assert.deepEqual([await order('twice', twice, key), await order('twice', twice, key)], [202, 202])
    assert.equal(await decided('twice'), 'confirmed')
    await firstPage()
    await page.keyboard.press('/')
    await page.keyboard.type('twice')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Payment/twice, 1 event' }).waitFor()
    await pictured(page, 'duplicate-charge-search')
    await page.getByRole('link', { name: 'order-creation/twice, completed' }).click()
    await page
      .getByText(/attempt 2/)
      .first()
      .waitFor()
    await page.locator('dt', { hasText: 'Correlation id' }).locator('+ dd').getByRole('link').click()
    const trace = page.getByRole('region', { name: 'Events of the trace, each below what caused it' })
    await trace.getByRole('link', { name: 'PaymentCharged' }).waitFor()
    await pictured(page, 'duplicate-charge')
    assert.equal(await trace.getByRole('link', { name: 'PaymentCharged' }).count(), 1)
    assert.equal(await trace.getByRole('link', { name: 'OrderCreated' }).count(), 1)
    await page.keyboard.press('/')
    await page.keyboard.type('cart-7f3a')
    await page.keyboard.press('Enter')
    await page
      .getByRole('link', { name: /^a request to orders, done at .*: OrderCreated, Order\/twice@1; repeats/ })
      .click()
    await page.getByRole('heading', { name: 'OrderCreated' }).waitFor()
    assert.deepEqual((await ask(`${console.url}/payments/twice`)).body, { charged: '2.55', refunded: '0.00' })
    quiet(visited)
  })

  test('a poison message: the mail gateway refuses an address; it is mended in the message, which is replayed', async () => {
    const { page } = visited
    const letters = async (): Promise<number> => (await console.shop.inspect.deadLetters.counts()).length
    await until('it is a dead letter', async () => (await letters()) === 1)
    await firstPage()
    await concern(/decision-mail has messages that failed for good/).waitFor()
    await pictured(page, 'poison-message-seen')
    await concern(/decision-mail has messages/)
      .getByRole('link')
      .first()
      .click()
    await page.getByRole('link', { name: 'typo', exact: true }).click()
    await page.getByText('The mail gateway refuses the address').first().waitFor()
    assert.doesNotMatch(await page.locator('main').innerText(), /ada@@/)
    await page.getByText('Edit its data and replay it').click()
    await page.getByLabel('customerId', { exact: true }).fill(rightAddress)
    await pictured(page, 'poison-message')
    await page.getByRole('button', { name: 'Replay edited' }).click()
    await page.getByLabel('Reason').fill('a typo in the address; the customer told us on the phone')
    await page.getByRole('dialog').getByRole('button', { name: 'Replay edited' }).click()
    await until('nothing is parked', async () => (await letters()) === 0)
    await visited.to('jobs')
    const audit = page.getByRole('region', { name: 'Orders, the newest first' })
    await audit.getByText('a typo in the address').first().waitFor()
    assert.match(await audit.innerText(), /edit dead letter[^]*\bada\b/)
    await firstPage()
    await page.getByText('Nothing. Everything that is declared works').waitFor()
    const { accepted } = await console.shop.outside.mail.counts()
    assert.ok(accepted >= 4, `${accepted} mails`)
    // The letter is gone while its page asks for it.
    assert.deepEqual(
      visited.faults.filter((fault) => !/\b404\b/.test(fault)),
      [],
    )
    visited.faults.length = 0
  })

  test('a projection that lags: nobody runs its service, which is started, and the page shows how it catches up', async () => {
    const { page } = visited
    const view = 'view:salesByCountry#1'
    await until('it is level', async () => (await consumer(view)).lag === 0)
    await analytics.stop()
    for (let n = 1; n <= 5; n++) assert.equal(await order(`sold-${n}`), 202)
    assert.equal(await decided('sold-5'), 'confirmed')
    await firstPage()
    await concern(/view:salesByCountry#1 is stopped/).waitFor()
    await pictured(page, 'lag-seen')
    await concern(/view:salesByCountry#1 is stopped/)
      .getByRole('link')
      .first()
      .click()
    const facts = page.getByRole('region', { name: 'About the view' })
    await facts.getByText('nobody', { exact: true }).waitFor()
    await facts.getByText(/[1-9][\d,]* messages/).waitFor()
    await pictured(page, 'lag')
    analytics = await joinShop(store, ['analytics'])
    await facts.getByText('0 messages').waitFor()
    await facts.getByText(/\bidle\b/).waitFor()
    const row = page.getByRole('region', { name: 'Row United Kingdom, as JSON' })
    await row.getByText('"orders": 9').waitFor()
    await firstPage()
    await page.getByText('Nothing. Everything that is declared works').waitFor()
    quiet(visited)
  })

  test('a dead worker: what it held is taken over where somebody runs it, and what nobody runs is named', async () => {
    const place = join(folder, 'worker.db')
    const worker = run('start.ts', place, '--speed', '0')
    const [, workerUrl] = await worker.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//)
    const name = new RegExp(`/${worker.child.pid}$`)
    const rowOf = ({ page }: Visit): Locator =>
      page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
    const looking = async (): Promise<[ConsoleShop, Visit]> => {
      const shop = await openConsoleShop(place, { services: withoutAnalytics })
      const at = await visit(shop)
      await at.to('processes')
      await rowOf(at)
        .getByText(/\bworks\b/)
        .waitFor()
      return [shop, at]
    }
    let [standby, at] = await looking()
    // A machine under load may have kept the worker from renewing its leases: then it gets everything back first.
    while (!(await holds(standby, worker.child.pid!)).some((each) => each.startsWith('orders/'))) {
      await at.page.context().close()
      await standby.close()
      ;[standby, at] = await looking()
    }
    const [{ page }, row] = [at, rowOf(at)]
    await row.getByText(/^[1-9]\d consumers$/).waitFor()
    worker.child.kill('SIGSTOP')
    // Stopped within a write it keeps the file to itself; once it answers it has come to the end of that.
    const key = { 'idempotency-key': 'meanwhile' }
    for (let tries = 1; (await order('meanwhile', {}, key, standby.url)) !== 202; tries++) {
      assert.ok(tries < 20, 'it was stopped within a write every time')
      worker.child.kill('SIGCONT')
      await ask(`${workerUrl}/healthz`)
      worker.child.kill('SIGSTOP')
    }
    assert.equal(await decided('meanwhile', standby.url), 'cancelled')
    await at.to('overview')
    await concern(/is silent, and nobody else runs what waits for it/, page).waitFor()
    await pictured(page, 'dead-worker-seen')
    await concern(/is silent, and nobody/, page)
      .getByRole('link')
      .first()
      .click()
    await row.getByText(/has taken over [1-9]\d; nobody else runs the other [1-9]/).waitFor()
    await row.getByText('analytics/subscription:record-sales').waitFor()
    await pictured(page, 'dead-worker')
    worker.child.kill('SIGKILL')
    await joinShop(place, ['analytics'])
    await row.getByText(/has left/).waitFor()
    await row.getByText(/^Nothing: .* has taken over/).waitFor()
    await at.to('overview')
    await page.getByText('Nothing. Everything that is declared works').waitFor()
    quiet(at)
  })
}

/** The names of the consumers that a process holds. */
async function holds({ shop }: ConsoleShop, pid: number): Promise<readonly string[]> {
  const consumers = await shop.inspect.consumers()
  return consumers.filter(({ owners }) => owners.some((owner) => owner.includes(`/${pid}/`))).map((each) => each.name)
}
