import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedPart, Piece } from '../../../examples/orders/http/feed/part.ts'
import { feedParts } from '../../../examples/orders/http/feed/parts.ts'
import { LiveFeed } from '../../../examples/orders/http/live-feed.ts'
import { OrderNews } from '../../../examples/orders/order-news.ts'
import { serviceNames } from '../../../examples/orders/shop/system.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { openForTest } from './open-shop.ts'
import { longTest } from '../../fixtures/torture.ts'

const closing = new AbortController()
after(() => closing.abort())

/** One more page that hears messages. */
class FeedPage {
  readonly #reader: ReadableStreamDefaultReader<string>

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  }

  /** The next message. */
  async next(): Promise<Piece> {
    const late = sleep(patienceMs, undefined, { ref: false }).then(() => Promise.reject(new Error('no message came')))
    const { value, done } = await Promise.race([this.#reader.read(), late])
    if (done) throw new Error('the stream has ended')
    return JSON.parse(value.slice('data: '.length)) as Piece
  }

  /** The next message that has a field. */
  async with(field: string): Promise<Piece> {
    for (;;) {
      const message = await this.next()
      if (field in message) return message
    }
  }

  async leave(): Promise<void> {
    await this.#reader.cancel()
  }
}

async function connect(feed: LiveFeed): Promise<FeedPage> {
  return new FeedPage((await feed.connect()).body!)
}

test('a page is told everything first, then news at once and how things stand when that has changed', async () => {
  let news: Piece = {}
  let stock = 1
  const parts: FeedPart[] = [
    { news: () => news, told: () => ({ list: ['a', 'b'] }), look: async () => ({ sums: { stock } }) },
    { look: async () => ({ sales: 5 }) },
  ]
  const feed = new LiveFeed(parts, closing.signal)
  feed.replay = { done: 1, of: 2, state: 'running' }
  const page = await connect(feed)
  assert.deepEqual(await page.next(), {
    fresh: true,
    sums: { stock: 1 },
    sales: 5,
    list: ['a', 'b'],
    replay: feed.replay,
  })
  // It may have missed a change between its look and its connection, so all is told once more.
  assert.deepEqual(await page.next(), { sums: { stock: 1 }, sales: 5, replay: feed.replay })
  stock = 2
  assert.deepEqual(await page.next(), { sums: { stock: 2 } })
  stock = 3
  const second = await connect(feed)
  assert.deepEqual((await second.next())['sums'], { stock: 3 })
  stock = 2
  await second.with('sums')
  await second.leave()
  await page.with('replay')
  news = { list: ['c'] }
  assert.deepEqual(await page.next(), { list: ['c'] })
  await page.leave()
})

test('nobody is asked how things stand while nobody looks, and whoever fails is asked again', async () => {
  let [looks, newsAsked] = [0, 0]
  const part: FeedPart = {
    news: () => ({ count: newsAsked++ }),
    async look() {
      looks++
      if (looks === 2) throw new Error('the store is busy')
      return { looks }
    },
  }
  const other: FeedPart = { look: async () => ({ other: looks }) }
  const feed = new LiveFeed([part, other], closing.signal)
  while (newsAsked < 6) await sleep(10)
  assert.equal(looks, 0)
  const page = await connect(feed)
  assert.equal((await page.next())['looks'], 1)
  const seen: unknown[] = []
  const others: unknown[] = []
  while (seen.length === 0) {
    const { looks: number, other: beside } = await page.next()
    if (beside !== undefined) others.push(beside)
    if (number !== undefined) seen.push(number)
  }
  assert.deepEqual([seen, others], [[3], [2, 3]])
  await page.leave()
  const [before, asked] = [looks, newsAsked]
  while (newsAsked < asked + 6) await sleep(10)
  assert.ok(looks <= before + 1, 'a look that was under way may end')
})

longTest('a page that does not keep up is cut off, and the others go on', async () => {
  const feed = new LiveFeed([{ news: () => ({ now: performance.now() }) }], closing.signal)
  const slow = (await feed.connect()).body!.getReader()
  const quick = await connect(feed)
  for (let frames = 0; frames < 70; frames++) await quick.next()
  let frames = 0
  while (!(await slow.read()).done) frames++
  assert.equal(frames, 64)
  assert.ok((await quick.next())['now'])
  await quick.leave()
})

test('the parts of the services have no field in common, and together they have all', async () => {
  const { shop } = await openForTest()
  const news = new OrderNews(shop, closing.signal)
  const fields = async (services: readonly (typeof serviceNames)[number][]): Promise<string[]> => {
    const page = await connect(new LiveFeed(feedParts(shop, news, services, closing.signal), closing.signal))
    const { fresh, ...rest } = await page.next()
    assert.equal(fresh, true)
    await page.leave()
    return Object.keys(rest)
  }
  const each = await Promise.all(serviceNames.map((name) => fields([name])))
  const found = new Map(serviceNames.map((name, index) => [name, each[index]!.sort()]))
  assert.deepEqual(found.get('orders'), ['counts', 'deadLetters', 'events', 'orders', 'rates', 'readers', 'sagas'])
  assert.deepEqual(found.get('inventory'), ['products'])
  assert.deepEqual(found.get('analytics'), ['countries', 'minutes', 'net'])
  for (const name of ['payments', 'shipping', 'notifications'] as const) assert.deepEqual(found.get(name), [])
  assert.deepEqual((await fields(serviceNames)).sort(), each.flat().sort())
})
