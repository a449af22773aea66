import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Hono } from 'hono'
import { placeOfServer } from '../../../tools/servers.ts'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { addPage } from '../../../examples/orders/http/page.ts'
import { listen } from '../../../examples/orders/http/serve.ts'
import type { Shop } from '../../../examples/orders/open.ts'
import { serviceNames } from '../../../examples/orders/shop/system.ts'
import { startBrowser, until } from './browser.ts'
import { openForTest } from './open-shop.ts'
import { cellsOf, lowContrast, overflows } from './page-audit.ts'
import { place, receive } from './placing.ts'
import { openTroubledShop, unreachable } from './troubled-shop.ts'
import { longTest, thorough } from '../../fixtures/torture.ts'

const executable = placeOfServer('chromium')
if (executable !== undefined) await testTheCards(executable)

async function testTheCards(browserPath: string): Promise<void> {
  const open = await startBrowser(browserPath)
  // It takes half a minute until the mail is given up, so it begins before the other tests.
  const troubled = thorough ? serveTroubled() : undefined

  test('a service shows the worst of its readers, and unfolds them', async () => {
    const { shop, url: calm } = await openForTest()
    await place(calm, 'first')
    const changes: Record<string, object> = {
      'view:stock#1': { lag: 1_234 },
      'inventory/outbox': { lag: 5 },
      'orders/relay:order-events': { lag: 7 },
      'notifications/subscription:decision-mail': { lag: 3, parkedKeys: 2 },
      'view:salesByDay#1': { state: 'stopped', parkedKeys: 1 },
      'shipping/outbox': { state: undefined, owners: [] },
      'payments/outbox': { state: undefined, owners: ['another process'] },
    }
    const consumers: Shop['inspect']['consumers'] = async () =>
      (await shop.inspect.consumers()).map((one) => ({ ...one, lag: 0, ...changes[one.name] }))
    const url = await serveForTest({ ...shop, inspect: { ...shop.inspect, consumers } })
    const { page, text, texts, endsQuietly } = await open(url)
    assert.deepEqual(await texts('summary mark'), [
      '7 behind',
      '1,234 behind',
      'up to date',
      'nobody has it',
      '2 parked',
      'stopped',
    ])
    assert.equal(await text('#health'), '2 readers stopped')

    await page.getByText('inventory', { exact: true }).click()
    const unfolded = async (): Promise<string[]> =>
      (await cellsOf(page, 'details[open] tbody tr')).map(([name, , state]) => `${name}: ${state}`)
    await until('its readers', async () => (await unfolded()).length === 7)
    const inventory = [
      'stock view: 1,234 behind',
      'settle-goods subscription: up to date',
      'take-back-goods subscription: up to date',
      'commands: up to date',
      'inventory-events relay: up to date',
      'outbox: 5 behind',
      'timers: up to date',
    ]
    assert.deepEqual(await unfolded(), inventory)
    changes['view:stock#1'] = { lag: 0 }
    await until('the change', async () => (await unfolded())[0] === 'stock view: up to date')
    assert.deepEqual((await unfolded()).slice(1), inventory.slice(1))
    assert.equal(await page.evaluate('document.activeElement.textContent.startsWith("inventory")'), true)
    assert.equal((await texts('summary mark'))[1], '5 behind')
    await endsQuietly()
  })

  longTest('a saga that is stuck and a message that nobody can handle stand out, and say where and why', async () => {
    const url = (await troubled)!
    const { page, text, texts, endsQuietly } = await open(url, { reducedMotion: 'reduce' })
    await place(url, 'by-hand', { paymentToken: 'tok_declined' })
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await place(url, `fine-${number}`)
    await place(url, 'too-many', { items: [{ sku: 'LAMP', quantity: 500, unitPrice: '2.55' }] })
    await until('the last saga', async () => (await texts('#sagas .compensated')).length === 1)
    await until('all sagas', async () => (await texts('#sagas .completed')).length === 6)
    const sagas = await page.locator('#sagas li').evaluateAll((rows) =>
      rows.map((row: any) => {
        const [name, steps, note, mark] = row.children
        const label = steps
          .getAttribute('aria-label')
          .replace(/(reserve-inventory|process-payment|confirm-order) /g, '')
        return [name.innerText, label, note.innerText.replace(/in [\d.]+ m?s$/, 'took'), mark.innerText]
      }),
    )
    assert.deepEqual(sagas, [
      ['by-hand', 'undone, failed, ahead', 'recording the failure: refused: order confirmed', 'stuck'],
      ['too-many', 'failed, ahead, ahead', 'reserve-inventory: out of stock · took', 'compensated'],
      ...[7, 6, 5, 4, 3, 2].map((number) => [`fine-${number}`, 'done, done, done', 'took', 'completed']),
    ])
    const counts = await texts('#saga-counts > div')
    assert.deepEqual(
      counts.map((each) => each.split('\n').sort().join(' ')),
      ['1 stuck', '0 compensating', '0 running', '8 completed', '1 compensated'],
    )

    await until('the dead letter', async () => (await text('#health')) === '1 saga stuck · 1 dead letter')
    const [letter] = await texts('#dead-letters li')
    assert.match(
      letter!,
      /^unreachable\s+notifications\/subscription:decision-mail\s+Error: the mailbox is closed\s+since /,
    )
    assert.match(letter!, /tried 8 times$/)
    assert.equal(await text('#dead-letters-note'), '1')
    assert.equal((await texts('summary mark'))[serviceNames.indexOf('notifications')], '1 parked')
    assert.equal(await page.locator('#dead-letters-card .empty').isVisible(), false)
    const { low } = await lowContrast(page)
    assert.deepEqual([low, await overflows(page)], [[], []])
    await page.getByRole('link', { name: '1 saga stuck' }).click()
    assert.equal(new URL(page.url()).hash, '#sagas-card')
    await endsQuietly()

    const late = await open(url, {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    })
    assert.equal(await late.text('#health'), '1 saga stuck · 1 dead letter')
    assert.deepEqual([(await lowContrast(late.page)).low, await overflows(late.page)], [[], []])
    await late.endsQuietly()
  })

  test('several feeds may come in one stream, in pieces and again', async () => {
    const { url, send } = await serveFrames()
    const { text, texts, endsQuietly } = await open(url)
    const order = {
      country: 'Norway',
      status: 'pending',
      reason: null,
      total: '1.00',
      lines: 1,
      createdAt: '2010-12-01',
    }
    const event = { type: 'OrderCreated', stream: 'Order/a' }
    send({ fresh: true, orders: [{ ...order, orderId: 'a' }], counts: { pending: 1, confirmed: 0, cancelled: 0 } })
    send({ fresh: true, events: [{ ...event, position: 7 }], rates: [3] })
    send({ fresh: true, products: [{ sku: 'LAMP', onHand: 3, reserved: 1, sold: 2 }] })
    send({ fresh: true, net: '12.00', countries: [{ country: 'Norway', orders: 1, creditNotes: 0, net: '12.00' }] })
    send({ orders: [{ ...order, orderId: 'b' }], products: [] })
    send({ orders: [{ ...order, orderId: 'a', status: 'confirmed' }], events: [{ ...event, position: 7 }] })
    send({})
    await until('the last one', async () => (await text('#orders li:last-child mark')) === 'confirmed')
    assert.deepEqual(await texts('#orders b'), ['b', 'a'])
    assert.deepEqual([await texts('#events span'), await texts('#products th')], [['7'], []])
    assert.deepEqual([await text('#pending'), await text('#net'), await text('#rate')], ['1', '£12.00', '3'])

    send({ fresh: true, orders: [{ ...order, orderId: 'c' }] })
    send({ fresh: true, events: [{ ...event, position: 2 }] })
    send({ eventsPerSecond: 5 })
    await until('the new log', async () => (await text('#rate')) === '5')
    assert.deepEqual([await texts('#orders b'), await texts('#events span')], [['c'], ['2']])
    assert.deepEqual([await text('#net'), await texts('#countries b')], ['£12.00', ['Norway']])
    await endsQuietly()
  })
}

/** A shop in which one customer's mail can never be delivered. */
async function serveTroubled(): Promise<string> {
  const url = await serveForTest(await openTroubledShop())
  await receive(url, 'LAMP', 100)
  await place(url, 'unreachable', { customerId: unreachable })
  return url
}

async function serveForTest(shop: Shop): Promise<string> {
  const closing = new AbortController()
  const { app } = shopApp(shop, closing.signal, () => undefined)
  const server = await listen(app.fetch, '127.0.0.1', 0)
  after(() => {
    closing.abort()
    return server.close()
  })
  return server.url
}

/** The page with a feed that sends what the test says. */
async function serveFrames(): Promise<{ readonly url: string; send(frame: object): void }> {
  const frames = new TransformStream<Uint8Array, Uint8Array>()
  const writer = frames.writable.getWriter()
  const send = (frame: object): void =>
    void writer.write(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`)).catch(() => undefined)
  const app = new Hono()
  addPage(app, {
    connect: async () => new Response(frames.readable, { headers: { 'content-type': 'text/event-stream' } }),
  })
  const server = await listen(app.fetch, '127.0.0.1', 0)
  after(async () => {
    await writer.close().catch(() => undefined)
    await server.close()
  })
  send({ fresh: true })
  return { url: server.url, send }
}
