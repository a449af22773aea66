import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { patienceMs } from '../../fixtures/patience.ts'
import { fatesOf } from '../../faults/orders-ledger.ts'
import { ask, openForTest, post } from './open-shop.ts'
import { run, type Command } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const folder = folderOfStores()
const order = { customerId: 'ada', items: [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }] }

async function urlOf(command: Command): Promise<string> {
  return (await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//))[1] as string
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const giveUp = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    assert.ok(performance.now() < giveUp, `${what} did not happen`)
    await sleep(5)
  }
}

/** The messages of the live stream. */
async function* live(url: string): AsyncGenerator<any> {
  const response = await fetch(`${url}/live`)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const frame = JSON.parse(text.slice('data: '.length, end)) as unknown
      text = text.slice(end + 2)
      yield frame
    }
  }
}

/** Reads on until a message satisfies the test. */
async function message(frames: AsyncGenerator<any>, wanted: (frame: any) => boolean): Promise<any> {
  for (let next = await frames.next(); next.done !== true; next = await frames.next())
    if (wanted(next.value)) return next.value
  throw new Error('the stream ended before')
}

test('the sample is replayed, a restart goes on where it was, and the end is said', async () => {
  const store = join(folder, 'replay.db')
  const first = run('start.ts', store, '--speed', '20000')
  const url = await urlOf(first)
  await until('some orders', async () => {
    const { body } = await ask(`${url}/sales/countries`)
    return body.find((row: { country: string; orders: number }) => row.country === 'United Kingdom' && row.orders > 2)
  })
  first.child.kill('SIGTERM')
  assert.equal(await first.ended, 0, first.said.error)

  const second = run('start.ts', store, '--speed', '1000000')
  const again = await urlOf(second)
  await second.says(/The sample is in: 61 orders, 4 credit notes, 1 line left out\./)
  const [sales, undone] = await until('the last order', async () => {
    const { body } = await ask(`${again}/sales/countries`)
    const orders = body.reduce((sum: number, row: { orders: number }) => sum + row.orders, 0)
    const fates = [...fatesOf(store).values()]
    // A machine under load may leave a payment no time.
    const undone = fates.filter(({ reason }) => reason === 'payment_unanswered').length
    return fates.length === 61 && orders === 61 - undone ? ([body, undone] as const) : undefined
  })
  if (undone === 0)
    assert.deepEqual(sales[3], { country: 'United Kingdom', orders: 58, creditNotes: 4, net: '23097.04' })
  second.child.kill('SIGINT')
  assert.equal(await second.ended, 0, second.said.error)
})

test('SIGTERM answers who waits, ends live streams, keeps every accepted order and ends with 0', async () => {
  const store = join(folder, 'drain.db')
  const shop = run('start.ts', store, '--speed', '0')
  const url = await urlOf(shop)
  const frames = live(url)
  assert.equal((await message(frames, () => true)).fresh, true)
  const accepted: string[] = []
  let isClosing = false
  const clients = Array.from({ length: 8 }, async () => {
    while (!isClosing) {
      const answer = await post(`${url}/orders`, order).catch(() => undefined)
      if (answer?.status === 202) accepted.push(answer.body.orderId)
    }
  })
  await until('fifty orders', async () => {
    await ask(`${url}/healthz`)
    return accepted.length >= 50 ? true : undefined
  })
  shop.child.kill('SIGTERM')
  await shop.ended
  isClosing = true
  await Promise.all(clients)
  assert.equal(await shop.ended, 0, shop.said.error)
  await assert.rejects(
    message(frames, () => false),
    /the stream ended before/,
  )

  const reopened = await openForTest(store)
  for (const orderId of accepted) {
    const { status, body } = await ask(`${reopened.url}/orders/${orderId}?wait=10s`)
    assert.deepEqual([status, body.status], [200, 'cancelled'])
  }
})

test('a server that was killed without warning serves the same file again', async () => {
  const store = join(folder, 'killed.db')
  const shop = run('start.ts', store, '--speed', '0')
  const placed = await post(`${await urlOf(shop)}/orders`, { ...order, orderId: 'survivor' })
  assert.equal(placed.status, 202)
  shop.child.kill('SIGKILL')
  await shop.ended
  const again = run('start.ts', store, '--speed', '0')
  const { body } = await ask(`${await urlOf(again)}/orders/survivor?wait=15s`)
  assert.equal(body.status, 'cancelled')
})

test('--fresh begins anew, but never deletes what is no store', async () => {
  const store = join(folder, 'fresh.db')
  const first = run('start.ts', store, '--speed', '0')
  await post(`${await urlOf(first)}/stock/LAMP/receipts`, { quantity: 5 })
  first.child.kill('SIGTERM')
  await first.ended
  const second = run('start.ts', store, '--speed', '0', '--fresh')
  assert.equal((await ask(`${await urlOf(second)}/stock/LAMP`)).body.onHand, 0)
  const precious = join(folder, 'precious.db')
  writeFileSync(precious, 'do not delete')
  const third = run('start.ts', precious, '--fresh')
  assert.equal(await third.ended, 1)
  assert.match(third.said.error, /^bad_setting: .*precious\.db is not an Eventwright store/)
  assert.ok(existsSync(precious))
})

test('a wrong speed and a port that is taken are told in a line', async () => {
  const wrong = run('start.ts', ':memory:', '--speed', 'fast')
  assert.equal(await wrong.ended, 2)
  assert.match(wrong.said.error, /^--speed takes a number from 0 on\.\nusage: npm start/)
  const holder = await openForTest()
  process.env['HOST'] = ''
  const { listen, CannotListen } = await import('../../../examples/orders/http/serve.ts')
  const port = Number(new URL(holder.url).port)
  await assert.rejects(
    listen(() => new Response(), '127.0.0.1', port),
    (error: Error) => {
      assert.ok(error instanceof CannotListen)
      assert.match(error.message, /another program listens there; set PORT/)
      return true
    },
  )
})

test('the page brings its own files, and its stream tells everything but customers', async () => {
  const { url } = await openForTest()
  const page = await fetch(`${url}/`)
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; script-src 'self'; style-src 'self'/,
  )
  const html = await page.text()
  assert.doesNotMatch(html, /<style|style=|<script(?![^>]*src="\/page\.js")|onclick|src="https?:/)
  for (const path of ['/page.css', '/page.js', '/show/dom.js', '/favicon.svg'])
    assert.equal((await fetch(url + path)).status, 200)

  const frames = live(url)
  assert.deepEqual((await message(frames, () => true)).orders, [])
  await post(`${url}/orders`, { ...order, orderId: '<b>shown</b>', customerId: 'nobody-sees-me' })
  // One message may tell several of them, and then none of the others comes again.
  const told: { change?: any; sums?: any; event?: any } = {}
  await message(frames, (frame) => {
    const { orders = [], counts, events = [] } = frame
    if (orders[0]?.status === 'cancelled') told.change = frame
    if (counts?.cancelled === 1) told.sums = frame
    if (events.some(({ type }: { type: string }) => type === 'OrderCancelled')) told.event = frame
    return Object.keys(told).length === 3
  })
  assert.equal(told.change.orders[0].orderId, '<b>shown</b>')
  assert.doesNotMatch(JSON.stringify(told), /nobody-sees-me/)
  await frames.return(undefined)

  const late = await message(live(url), () => true)
  assert.deepEqual([late.orders.length, late.events.at(-1).type], [1, 'OrderCancelled'])
})
