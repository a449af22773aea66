import assert from 'node:assert/strict'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { silentLog } from 'eventwright'
import { openShop, type Shop } from '../../../examples/orders/open.ts'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { listen } from '../../../examples/orders/http/serve.ts'
import { serviceNames } from '../../../examples/orders/shop/system.ts'
import { partiesOf, type StorePlace } from '../../../examples/orders/store-place.ts'
import type { ViewsPlace } from '../../../examples/orders/views-place.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { usesStore } from './store-folder.ts'

/** A shop behind a real port, with what its server reported as unforeseen. */
export interface OpenShop {
  readonly shop: Shop
  readonly url: string
  readonly reported: unknown[]
  /** Closes as the command does on SIGTERM. May be called again. */
  close(): Promise<void>
}

/** Opens a shop on a store, by default in memory; it closes after the tests of the file. */
export async function openForTest(store: StorePlace = ':memory:', views: ViewsPlace = 'store'): Promise<OpenShop> {
  const shop = await openShop(store, serviceNames, silentLog, 'embedded', views)
  const closing = new AbortController()
  const reported: unknown[] = []
  const { app } = shopApp(shop, closing.signal, (error) => void reported.push(error))
  const server = await listen(app.fetch, '127.0.0.1', 0)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing.abort()
    closed ??= server.close().then(() => shop.stop())
    return closed
  }
  after(close)
  usesStore(partiesOf(store), close)
  return { shop, url: server.url, reported, close }
}

/** What a server answered. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: any
}

/** Asks and reads the answer, which must be JSON. */
export async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  assert.match(response.headers.get('content-type') ?? '', /^application\/(problem\+)?json/)
  return { status: response.status, headers: response.headers, body: JSON.parse(text) }
}

/** Asks again while the answer is 503: a view that follows the log has an order late on a machine under load. */
export async function askPatiently(url: string): Promise<Answer> {
  const giveUp = performance.now() + patienceMs
  for (;;) {
    const answer = await ask(url)
    if (answer.status !== 503 || performance.now() > giveUp) return answer
    await sleep(20)
  }
}

/** Asks until this is the answer: what a decision leads to arrives after it, and late on a machine under load. */
export async function answers(url: string, expected: unknown): Promise<void> {
  const giveUp = performance.now() + patienceMs
  for (;;) {
    const { body } = await ask(url)
    if (isDeepStrictEqual(body, expected)) return
    if (performance.now() > giveUp) assert.deepEqual(body, expected)
    await sleep(20)
  }
}

/** Posts a value as JSON, or a text or bytes as they are. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body)
  return ask(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: raw })
}
