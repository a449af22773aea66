import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { placeOfServer } from '../../../tools/servers.ts'
import { freePorts } from '../../../tools/services/ports.ts'
import { startBrowser, until, untilHolds, type Watched } from './browser.ts'
import { curlLine } from './curl-line.ts'
import { ask, openForTest } from './open-shop.ts'
import { cellsOf, lowContrast, overflows, tabThrough } from './page-audit.ts'
import { place, receive, sell } from './placing.ts'
import { run, runAt, type Command } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const script = `<img src=x onerror="document.title='taken'">`
const readers = [9, 7, 3, 6, 3, 8]
const services = ['orders', 'inventory', 'payments', 'shipping', 'notifications', 'analytics']

const folder = folderOfStores()
const executable = placeOfServer('chromium')
if (executable !== undefined) await testThePage(executable)

async function testThePage(browserPath: string): Promise<void> {
  const open = await startBrowser(browserPath)

  test('orders show up on an open page as they arrive, with how far the replay is', async () => {
    const shop = run('start.ts', join(folder, 'slow.db'), '--speed', '60')
    const { page, text, texts, endsQuietly } = await open(await urlOf(shop))
    const before = Number(await text('#confirmed'))
    await until('another order', async () => Number(await text('#confirmed')) > before)
    await until(
      'its row',
      async () => (await texts('#orders mark')).filter((mark) => mark === 'confirmed').length > before,
    )
    assert.match(await text('#replay'), /^Replaying 1 December 2010: invoice \d+ of 65$/)
    assert.ok(await page.getByRole('progressbar', { name: 'Invoices replayed' }).isVisible())
    await until('events', async () => (await texts('#events b')).includes('OrderConfirmed'))
    assert.match(await text('#events li'), /^[\d,]+\s+\w+\s+\w+\/.+$/)
    // The line goes through its whole place once there are ten seconds of it, and is no scribble in a corner.
    await until(
      'a line',
      async () => (await widthOf(page, '#spark polyline')) > (await widthOf(page, '#rate-tile')) / 2,
    )
    await endsQuietly()
    shop.child.kill('SIGKILL')
  })

  test('the numbers on the page are those of the interface', async () => {
    const shop = run('start.ts', join(folder, 'sample.db'), '--speed', '1000000')
    const url = await urlOf(shop)
    const watched = await open(url)
    await until('the end of the replay', async () => (await watched.text('#replay')).startsWith('All 65 invoices'))
    await receive(url, 'DESK', 3_000)
    const desks = { items: [{ sku: 'DESK', quantity: 2_000, unitPrice: '7.65' }] }
    const placed = 62 + (await sell(url, 'desks', { ...desks, country: 'Norway' }))
    await place(url, 'too-many', desks)
    // How many of them are confirmed depends on the machine: under load it may leave a payment no time.
    const confirmed = await until('all orders', async () => {
      const sums = (await watched.texts('#confirmed, #pending, #cancelled')).map(Number)
      const [sold = 0, pending, undone = 0] = sums
      return pending === 0 && sold + undone === placed && sold
    })
    await until('rest', () => isAtRest(watched))
    await until('the sales', async () => (await watched.text('#minutes-sum')).startsWith(`${confirmed} `))
    await untilHolds(() => sameAsTheInterface(url, watched))
    await untilHolds(() => readersAreLevel(watched))

    const late = await open(url)
    await untilHolds(() => sameAsTheInterface(url, late))
    await untilHolds(() => readersAreLevel(late))
    await late.endsQuietly()
    await watched.endsQuietly()
    shop.child.kill('SIGKILL')
  })

  test('the lines to try do what they say, and are copied as they are', async () => {
    const { url } = await openForTest()
    const { page, texts, endsQuietly } = await open(url, { permissions: ['clipboard-read', 'clipboard-write'] })
    const lines = await texts('#tries pre')
    const answers = []
    for (const line of lines) answers.push(await ask(...curlLine(line)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 200, 200, 202, 202, 200, 200],
    )
    const [, placed, became, paid, , declined, stock, sales] = answers.map(({ body }) => body)
    assert.deepEqual([became.orderId, became.status, became.totalAmount], [placed.orderId, 'confirmed', '15.30'])
    assert.deepEqual(paid, { charged: '15.30', refunded: '0.00' })
    assert.deepEqual([stock.sku, stock.onHand], ['LAMP', 3])
    assert.deepEqual(sales, [{ country: 'United Kingdom', orders: 1, creditNotes: 0, net: '15.30' }])
    for (const outcome of [
      `${declined.orderId} cancelled payment declined`,
      `${placed.orderId}-all cancelled out of stock`,
    ]) {
      const pattern = new RegExp(`^${outcome.replaceAll(' ', '\\b[^]*\\b')}$`)
      await until(outcome, async () => (await texts('#orders li')).some((row) => pattern.test(row)))
    }

    await page.getByRole('button', { name: 'Copy: See what became of it' }).click()
    await page.getByText('copied').waitFor()
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), lines[2])
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden"))')
    await page.getByRole('button', { name: 'Copy: Place an order' }).click()
    await page.getByText('selected').waitFor()
    assert.equal(String(await page.evaluate('String(getSelection())')).trim(), lines[1])
    await endsQuietly()
    const second = await open(url)
    assert.notEqual((await second.texts('#tries pre'))[1], lines[1], 'each visit places an order of its own')
    await second.endsQuietly()
  })

  test('what strangers write is shown as text', async () => {
    const { url } = await openForTest()
    const { page, text, endsQuietly } = await open(url)
    await receive(url, script, 2)
    const items = [{ sku: script, quantity: 2, unitPrice: '1.00' }]
    await place(url, script, { customerId: script, country: script, items })
    await until('the order', async () => (await text('#orders mark')) === 'confirmed')
    await until('its product', async () => (await text('#products th')) === script)
    assert.equal(await text('#orders b'), script)
    assert.ok((await text('#orders span')).startsWith(script))
    await until('its country', async () => (await text('#countries b')) === script)
    await until('its events', async () =>
      (await page.locator('#events i').allTextContents()).includes(`Order/${script}`),
    )
    assert.equal(await page.locator('main img, main script').count(), 0)
    assert.equal(await page.title(), 'The shop · live')
    await endsQuietly()
  })

  test('the page fits its window and its text has contrast, wide and narrow, light and dark', async () => {
    const { url } = await openForTest()
    const wide = 'W'.repeat(80)
    await receive(url, wide, 1_000_000)
    const items = [{ sku: wide, quantity: 999_999, unitPrice: '99999.99' }]
    await place(url, wide, { customerId: wide, country: wide, items })
    await place(url, 'too-many', { items })
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 390]) {
        const options = { colorScheme, viewport: { width, height: 844 }, reducedMotion: 'reduce' } as const
        const { page, texts, endsQuietly } = await open(url, options)
        assert.deepEqual(await texts('#orders mark'), ['cancelled', 'confirmed'])
        const { seen, low } = await lowContrast(page)
        assert.ok(seen > 60, `${seen} texts`)
        assert.deepEqual([low, await overflows(page)], [[], []], `${colorScheme} ${width}`)
        await endsQuietly()
      }
    }
  })

  test('an empty shop says so, and after a restart of the server the page goes on by itself', async () => {
    const store = join(folder, 'restart.db')
    // One of the ports for outgoing connections might be somebody else's when the server comes back.
    const first = runAt(String(await freePorts(1)), 'start.ts', store, '--speed', '0')
    const url = await urlOf(first)
    const { page, faults, text, texts } = await open(url)
    assert.deepEqual(await texts('.empty:visible'), [
      'No orders yet. Place one with the lines below.',
      'None yet. Every order starts one.',
      'Quiet. New events appear here the moment they are stored.',
      'Every message so far was handled.',
      'Nothing sold yet.',
      'Nothing sold yet.',
    ])
    assert.deepEqual([await text('#state'), await text('#confirmed'), await text('#net')], ['live', '0', '£0.00'])
    await place(url, 'before')
    await until('the order', async () => (await text('#orders b')) === 'before')
    await page.evaluate('document.documentElement.dataset.visit = "first"')
    assert.deepEqual(faults, [])

    const stream = await fetch(`${url}/live`)
    assert.equal(stream.headers.get('connection'), 'close', 'a server that closes need not wait for the page')
    await stream.body?.cancel()
    // A proxy's answer between the two: after it the browser by itself would never ask again.
    await page.route('**/live', (route) => route.fulfill({ status: 502 }), { times: 1 })
    first.child.kill('SIGTERM')
    await first.ended
    await until('the loss', async () => (await text('#state')) === 'reconnecting')
    const second = runAt(new URL(url).port, 'start.ts', store, '--speed', '0')
    await urlOf(second)
    await until('the connection', async () => (await text('#state')) === 'live')
    await place(url, 'after')
    await until('the next order', async () => (await text('#orders b')) === 'after')
    assert.deepEqual(await texts('#orders b'), ['after', 'before'])
    assert.equal(await page.getAttribute('html', 'data-visit'), 'first')
    const lost =
      /^(failed|502): .*\/live$|^console: .*(ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|status of 502)/
    assert.deepEqual(
      faults.filter((fault) => !lost.test(fault)),
      [],
    )
    await page.context().close()
    second.child.kill('SIGKILL')
  })

  test('the page can be used without a mouse and read without eyes', async () => {
    const { url } = await openForTest()
    await place(url, 'only')
    const watched = await open(url)
    const { page, text, endsQuietly } = watched
    await until('rest', () => isAtRest(watched))
    const stops = await tabThrough(page)
    assert.deepEqual(
      stops.map(({ tag, name }) => `${tag} ${name}`),
      [
        'ol Orders as they arrive',
        ...services.map((service, index) => `summary ${service} ${readers[index]} readers up to date`),
        'button Copy: Receive some stock',
        'button Copy: Place an order',
        'button Copy: See what became of it',
        'button Copy: See what was paid for it',
        'button Copy: Order more than there is',
        'button Copy: Pay with a card that is declined',
        'button Copy: Look at the stock',
        'button Copy: Look at the sales',
        'a openapi.json',
        'a Online Retail',
      ],
    )
    assert.deepEqual(
      stops.filter(({ isSeen }) => !isSeen),
      [],
    )
    await page.getByRole('button', { name: 'Copy: Look at the stock' }).press('Enter')
    await until('an answer', async () => /copied|selected/.test(await text('#tries li:nth-child(7) button')))

    for (const landmark of ['banner', 'main', 'contentinfo', 'status'] as const) {
      assert.equal(await page.getByRole(landmark).count(), 1, landmark)
    }
    const titles = ['Orders', 'Sagas', 'Events', 'Services', 'Dead letters', 'Sales', 'Best sellers', 'Try it']
    for (const title of titles) assert.equal(await page.getByRole('region', { name: title }).count(), 1, title)
    assert.equal(await page.getAttribute('html', 'lang'), 'en')
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
    assert.equal(await page.getByRole('heading', { level: 2 }).count(), titles.length)
    assert.equal(await page.locator('img:not([alt]), svg:not([aria-hidden])').count(), 0)
    assert.equal(await text('#health'), 'all is well')
    assert.match(await page.getByRole('status').innerText(), /^live\s+all is well$/)
    await page.locator('summary').first().press('Enter')
    await page.getByRole('rowheader', { name: 'orders view' }).waitFor()
    for (const name of ['order-creation saga', 'order-creation log', 'orders view', 'order-events relay', 'outbox']) {
      assert.equal(await page.getByRole('rowheader', { name, exact: true }).count(), 1, name)
    }
    const label = 'reserve-inventory failed, process-payment ahead, confirm-order ahead'
    assert.equal(await page.getByRole('img', { name: label }).count(), 1)
    await endsQuietly()
  })
}

async function urlOf(command: Command): Promise<string> {
  return (await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//))[1] as string
}
async function widthOf(page: Watched['page'], selector: string): Promise<number> {
  return (await page.locator(selector).boundingBox())?.width ?? 0
}

/** All readers of all services have read everything. */
async function isAtRest({ texts }: Watched): Promise<boolean> {
  const states = await texts('summary mark')
  return states.length === services.length && states.every((state) => state === 'up to date')
}

/** The sums, lists and pictures of a page that is looked at, part by part, while the shop may still store something. */
async function sameAsTheInterface(url: string, { page, text, texts }: Watched): Promise<void> {
  const pounds = (amount: string): string =>
    Number(amount).toLocaleString('en-GB', { style: 'currency', currency: 'GBP' })
  const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
  const sales: any[] = (await ask(`${url}/sales/countries`)).body
  const pence = sales.reduce((sum, { net }) => sum + BigInt(net.replace('.', '')), 0n)
  assert.equal(await text('#net'), pounds((Number(pence) / 100).toFixed(2)))
  assert.equal(
    Number(await text('#confirmed')),
    sales.reduce((sum, { orders }) => sum + orders, 0),
  )
  assert.equal(await text('#pending'), '0')
  assert.deepEqual(
    await texts('#countries p'),
    sales
      .toSorted((a, b) => b.net - a.net)
      .map(({ country, orders, creditNotes, net }) => {
        const notes = creditNotes > 0 ? `, ${many(creditNotes, 'credit note')}` : ''
        return `${country}\n${many(orders, 'order')}${notes}\n${pounds(net)}`
      }),
  )
  const orders = await page
    .locator('#orders li')
    .evaluateAll((rows) => rows.map((row: any) => row.innerText.split('\n')))
  assert.equal(orders.length, 40)
  for (const [orderId, total, status] of orders as string[][]) {
    const { body } = await ask(`${url}/orders/${orderId}`)
    assert.deepEqual([total, status], [pounds(body.totalAmount), body.status], orderId)
  }
  const products = await page
    .locator('#products tr')
    .evaluateAll((rows) => rows.map((row: any) => row.innerText.split('\t')))
  assert.equal(products.length, 8)
  for (const [sku, , left] of products as string[][]) {
    const { onHand, reserved } = (await ask(`${url}/stock/${sku?.trim()}`)).body
    assert.equal(left, onHand - reserved > 0 ? (onHand - reserved).toLocaleString('en-GB') : 'none', sku)
  }
  assert.deepEqual(products[0], ['DESK', '2,000', '1,000'])
  const sagas = Object.fromEntries((await texts('#saga-counts > div')).map((each) => each.split('\n').sort().reverse()))
  assert.deepEqual([sagas.completed, sagas.compensated], [await text('#confirmed'), await text('#cancelled')])
  assert.equal(await text('#health'), 'all is well')
  const minutes: any[] = (await ask(`${url}/sales/minutes`)).body
  const sold = minutes.reduce((sum, { orders: each }) => sum + each, 0)
  assert.equal(await text('#minutes-sum'), `${sold} orders in 30 minutes`)
  assert.equal(
    await text('#minutes-most'),
    `at most ${pounds(`${Math.max(...minutes.map(({ total }) => total))}`)} in one`,
  )
  assert.deepEqual(
    await page.locator('#minutes rect:not(.none) title').allTextContents(),
    minutes.reverse().map((each) => `${shownTime(each.minute)}: ${pounds(each.total)}, ${many(each.orders, 'order')}`),
  )
  assert.equal(await page.locator('#minutes rect').count(), 30)
}

/** The readers of orders have come to the newest event. */
async function readersAreLevel({ page, texts }: Watched): Promise<void> {
  const [newest] = await texts('#events span')
  if ((await page.locator('details[open]').count()) === 0) await page.locator('summary').first().click()
  await page.getByRole('rowheader', { name: 'orders view' }).waitFor()
  const rows = await cellsOf(page, 'details[open] tbody tr')
  assert.deepEqual(
    rows.filter(([, position]) => position === newest).map(([name]) => name),
    ['order-creation log', 'orders view', 'credit-notes relay', 'order-events relay'],
  )
}

function shownTime(instant: string): string {
  return new Date(instant).toLocaleTimeString('en-GB', { timeStyle: 'short' })
}
