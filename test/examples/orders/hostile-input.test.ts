import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { bodies, fields, goodOrder, legalNames, noRequests, orderWith, requests } from './hostile-cases.ts'
import { startServer, type Answer, type Asked } from './hostile-server.ts'
import { openForTest } from './open-shop.ts'
import { folderOfStores } from './store-folder.ts'

const server = await startServer(`${folderOfStores()}/shop.db`)
const { pid } = server.child

const statuses: { readonly [code: string]: number } = {
  bad_json: 400,
  bad_request: 400,
  cross_site: 403,
  headers_too_large: 431,
  invalid: 400,
  method_not_allowed: 405,
  not_found: 404,
  too_large: 413,
}
const leaks = /\bat .+:\d+|node_modules|\.ts\b|\bew_|\bEW_|select |insert |shop\.db|\/tmp\/|undefined|\[object/

/** Sends it and asserts that it is refused as the table says, and that not a row of the store has changed. */
async function isRefused(sent: () => Promise<Answer>, code: string, says: RegExp): Promise<any> {
  const rows = await server.rows()
  const answer = await sent()
  const problem = problemOf(answer)
  assert.deepEqual([answer.status, problem.code], [statuses[code], code], answer.text)
  assert.match(problem.detail, says)
  assert.deepEqual(await server.rows(), rows)
  return problem
}

/** The problem in an answer, whole and without a word about the inside of the server. */
function problemOf({ status, headers, text }: Answer): any {
  assert.equal(headers.get('content-type'), 'application/problem+json', text)
  const problem = JSON.parse(text) as any
  assert.equal(problem.status, status)
  assert.ok(problem.title.length > 0 && problem.detail.length > 0, text)
  assert.doesNotMatch(text.replace(/"(path|message)":"(\\.|[^"])*"/g, ''), leaks)
  assert.ok(text.length < 40_000, `a problem of ${text.length} characters`)
  return problem
}

const place = (body: string | Uint8Array, headers: readonly string[] = []): Asked => ({
  method: 'POST',
  path: '/orders',
  headers,
  body,
})
const read = async (path: string): Promise<any> => JSON.parse((await server.ask({ path })).text)
const receive = async (sku: string, quantity: number): Promise<void> => {
  const path = `/stock/${encodeURIComponent(sku)}/receipts`
  const { status, text } = await server.ask({ method: 'POST', path, body: JSON.stringify({ quantity }) })
  assert.equal(status, 202, text)
}

before(() => receive('LAMP', 1_000))

describe('a body that is no JSON object in UTF-8 is refused:', () => {
  for (const [what, asked, code, says] of bodies) {
    test(what, () => isRefused(() => server.ask(asked), code, says))
  }
})

describe('a field that is wrong is named, and it alone:', () => {
  for (const [field, json, says] of fields) {
    const shown = json.length > 40 ? `${json.slice(0, 40)}…` : json
    test(`${JSON.stringify(field)} = ${JSON.stringify(shown)}`, async () => {
      const { issues } = await isRefused(() => server.ask(place(orderWith(field, json))), 'invalid', says)
      assert.equal(issues[0].path, field)
      assert.ok(issues.length === 1 || json.length > 10_000, JSON.stringify(issues))
    })
  }
})

describe('a request that cannot be used is refused:', () => {
  for (const [what, asked, code, says] of requests) {
    test(what, () => isRefused(() => server.ask(asked), code, says))
  }
})

describe('what is no request is answered all the same:', () => {
  for (const [what, bytes, code, says] of noRequests) {
    test(what, () => isRefused(() => server.send(bytes), code, says))
  }
})

test('bodies of 50 MB are refused while they arrive, with and without their length', async () => {
  const head = 'POST /orders HTTP/1.1\r\nhost: shop\r\n'
  const megabyte = Buffer.alloc(1_000_000, ' ')
  const withLength = function* (): Generator<Uint8Array> {
    yield Buffer.from(`${head}content-length: 50000000\r\n\r\n`)
    for (let sent = 0; sent < 50; sent++) yield megabyte
  }
  const inChunks = function* (): Generator<Uint8Array> {
    yield Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`)
    for (let sent = 0; sent < 50; sent++) yield Buffer.concat([Buffer.from('f4240\r\n'), megabyte, Buffer.from('\r\n')])
  }
  for (const body of [withLength, inChunks]) await isRefused(() => server.send(body()), 'too_large', /send less/)
})

test('a body that never ends stores nothing, whether its sender waits or goes', async () => {
  const rows = await server.rows()
  const { port } = new URL(server.url)
  const sockets = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write(`POST /orders HTTP/1.1\r\nhost: shop\r\ncontent-length: ${goodOrder.length}\r\n\r\n`)
      socket.write(goodOrder.slice(0, -1))
      return socket
    }),
  )
  // While they wait, others are served.
  assert.deepEqual(await read('/healthz'), { status: 'ok' })
  for (const [index, socket] of sockets.entries()) index % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()
  assert.deepEqual(await read('/healthz'), { status: 'ok' })
  assert.deepEqual(await server.rows(), rows)
})

test('single bytes, a mark in front, a field named twice and any type are taken: the last of two counts', async () => {
  const twice = goodOrder.replace('{', '{"orderId": "first", "orderId": "second", ')
  const text = Buffer.from(`\ufeff${twice}`)
  const slow = function* (): Generator<Uint8Array> {
    const headers = 'content-type: text/nonsense\r\nexpect: the-unexpected\r\nconnection: close'
    yield Buffer.from(`POST /orders HTTP/1.1\r\nhost: shop\r\n${headers}\r\ncontent-length: ${text.length}\r\n\r\n`)
    for (const byte of text) yield Uint8Array.of(byte)
  }
  const { status, text: answer } = await server.send(slow())
  assert.deepEqual([status, JSON.parse(answer).orderId], [202, 'second'])
  assert.equal((await read('/orders/second')).orderId, 'second')
  assert.equal((await server.ask({ path: '/orders/first' })).status, 404)
  assert.equal((await server.ask(place(goodOrder.padEnd(262_144)))).status, 202)
})

test('strange names come back unchanged from every place, and are confirmed', async () => {
  for (const name of legalNames) {
    await receive(name, 1)
    const json = JSON.stringify(name)
    const items = `[{"sku": ${json}, "quantity": 1, "unitPrice": "2.55"}]`
    const body = `{"orderId": ${json}, "customerId": ${json}, "country": ${json}, "items": ${items}}`
    const placed = await server.ask(place(body))
    assert.equal(placed.status, 202, placed.text)
    const location = placed.headers.get('location') as string
    assert.equal(location, `/orders/${encodeURIComponent(name)}`)
    const order = await read(`${location}?wait=20s`)
    assert.deepEqual(
      [order.orderId, order.customerId, order.country, order.items[0].sku, order.status],
      [name, name, name, name, 'confirmed'],
    )
    assert.equal((await read(`/customers/${encodeURIComponent(name)}/orders`))[0].orderId, name)
  }
  const { ew_streams: streams } = await server.rows()
  for (const name of legalNames) {
    assert.deepEqual(await read(`/stock/${encodeURIComponent(name)}`), { sku: name, onHand: 0, reserved: 0 })
  }
  const countries = new Set((await read('/sales/countries')).map(({ country }: { country: string }) => country))
  for (const name of legalNames) assert.ok(countries.has(name), name)
  assert.equal((await server.rows())['ew_streams'], streams, 'reading stores nothing')
})

const anyName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => name.length <= 80 && /^\P{Cc}+$/u.test(name) && !/^\.{1,2}$/.test(name))

test('any name comes back unchanged', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(anyName, async (name) => {
      if (seen.has(name)) return
      seen.add(name)
      const placed = await server.ask(place(orderWith('orderId', JSON.stringify(name))))
      assert.equal(placed.status === 409 ? 202 : placed.status, 202, placed.text)
      assert.equal((await read(`/orders/${encodeURIComponent(name)}`)).orderId, name)
    }),
    { numRuns: 60 },
  )
})

const placeOfOrder = fc.constantFrom('orderId', 'customerId', 'country', 'paymentToken', 'items', 'items[0]', 'colour')
const placeOfItem = fc.constantFrom('items[0].sku', 'items[0].quantity', 'items[0].unitPrice', 'items[0].size')
const anyJson = fc.oneof(fc.json({ maxDepth: 3 }), fc.constantFrom('-0', '1e999', '"\\u0000"', '"\\ud83d"', '{}', '[]'))
const anyBody = fc.oneof(
  fc.json({ depthSize: 'large' }).map(Buffer.from),
  fc.tuple(fc.oneof(placeOfOrder, placeOfItem), anyJson).map(([at, json]) => Buffer.from(orderWith(at, json))),
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(fc.nat(goodOrder.length), fc.uint8Array({ maxLength: 4 })).map(([at, bytes]) => {
    const [head, tail] = [goodOrder.slice(0, at), goodOrder.slice(at + 1)]
    return Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)])
  }),
)

test('whatever the body is, the fault is never on our side, and what is refused is not stored', async () => {
  const path = fc.constantFrom('/orders', '/stock/ANY/receipts')
  const headers = fc.constantFrom([], ['content-type: application/json'], ['idempotency-key: always-this'])
  await fc.assert(
    fc.asyncProperty(path, headers, anyBody, async (path, headers, body) => {
      const before = await server.rows()
      const answer = await server.ask({ method: 'POST', path, headers, body })
      if (answer.status === 202) return
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`)
      problemOf(answer)
      const after = await server.rows()
      // A command that was refused for its state is remembered under its key, and nothing else.
      if (answer.status === 409) before['ew_inbox'] = after['ew_inbox'] as number
      assert.deepEqual(after, before)
    }),
    { numRuns: 250 },
  )
})

test('a HEAD of the live stream leaves nobody behind who listens', async () => {
  const { shop } = await openForTest()
  const closing = new AbortController()
  const { app, feed } = shopApp(shop, closing.signal, () => undefined)
  let cancelled = 0
  feed.connect = async () => new Response(new ReadableStream({ cancel: () => void cancelled++ }))
  assert.equal((await app.request('/live', { method: 'HEAD' })).status, 200)
  assert.equal(cancelled, 1)
  closing.abort()
})

test('every code is documented', async () => {
  const { components } = await read('/openapi.json')
  const documented = new Set(components.schemas.Problem.properties.code.enum)
  for (const code of Object.keys(statuses)) assert.ok(documented.has(code), code)
})

test('after all of it the same process takes orders, and has nothing to report', async () => {
  assert.deepEqual([server.child.exitCode, server.child.signalCode, server.child.pid], [null, null, pid])
  assert.deepEqual(await read('/healthz'), { status: 'ok' })
  const { orderId } = JSON.parse((await server.ask(place(goodOrder))).text) as { orderId: string }
  assert.equal((await read(`/orders/${orderId}?wait=20s`)).status, 'confirmed')
  assert.equal(server.said.error, '')
})
