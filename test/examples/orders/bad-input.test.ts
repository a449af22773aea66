import assert from 'node:assert/strict'
import { request as rawRequest } from 'node:http'
import { after, test } from 'node:test'
import { patience } from '../../fixtures/patience.ts'
import { ask, openForTest, post, type Answer } from './open-shop.ts'

const { shop, url, reported } = await openForTest()
const good = { customerId: 'ada', items: [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }] }

after(async () => {
  assert.deepEqual(reported, [], 'nothing may be unforeseen')
})

async function refused(answer: Promise<Answer>, status: number, code: string): Promise<any> {
  const { body, ...rest } = await answer
  assert.deepEqual([rest.status, body.status, body.code], [status, status, code], JSON.stringify(body))
  assert.equal(rest.headers.get('content-type'), 'application/problem+json')
  assert.ok(body.title.length > 0 && body.detail.length > 0)
  return body
}

const paths = (problem: any): string[] => problem.issues.map(({ path }: { path: string }) => path).sort()

test('what is not JSON is refused and says why', async () => {
  for (const body of ['', ' ', '{', '{"a":1,}', 'customerId=ada', '{"a": 1} x', '\u{feff}{']) {
    await refused(post(`${url}/orders`, body), 400, 'bad_json')
  }
  await refused(post(`${url}/orders`, Uint8Array.of(0x7b, 0xff, 0x7d)), 400, 'bad_json')
  for (const body of ['null', '[]', '"text"', '7']) await refused(post(`${url}/orders`, body), 400, 'invalid')
})

test('deep nesting is refused before anything deep is built', async () => {
  await refused(post(`${url}/orders`, `{"items":${'['.repeat(100_000)}`), 400, 'bad_json')
  const deep = `{"x":${'{"y":'.repeat(40)}1${'}'.repeat(41)}`
  await refused(post(`${url}/orders`, deep), 400, 'bad_json')
  const inText = { ...good, customerId: '[{'.repeat(30) }
  assert.equal((await post(`${url}/orders`, inText)).status, 202)
})

test('an oversize body is refused, with and without its length', async () => {
  const body = JSON.stringify({ ...good, customerId: 'x'.repeat(300_000) })
  await refused(post(`${url}/orders`, body), 413, 'too_large')
  const stream = new Blob([body]).stream()
  const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit
  await refused(ask(`${url}/orders`, init), 413, 'too_large')
  assert.equal((await ask(`${url}/healthz`)).status, 200)
})

test('all that is wrong is said at once, each with its path', async () => {
  const body = {
    customerId: 5,
    country: null,
    colour: 'red',
    paymentToken: 'tok_free',
    items: [
      { sku: '', quantity: '1', unitPrice: '1.2345', size: 'L' },
      { sku: 'A', quantity: 1.5, unitPrice: true },
      { sku: 'A', quantity: 0, unitPrice: '-1' },
      { sku: 'A', quantity: 1, unitPrice: 1e21 },
      7,
    ],
  }
  const problem = await refused(post(`${url}/orders`, body), 400, 'invalid')
  assert.deepEqual(paths(problem), [
    'colour',
    'country',
    'customerId',
    'items[0].quantity',
    'items[0].size',
    'items[0].sku',
    'items[0].unitPrice',
    'items[1].quantity',
    'items[1].unitPrice',
    'items[2].quantity',
    'items[2].unitPrice',
    'items[3].unitPrice',
    'items[4]',
    'paymentToken',
  ])
  assert.deepEqual(paths(await refused(post(`${url}/orders`, {}), 400, 'invalid')), ['customerId', 'items'])
  assert.deepEqual(paths(await refused(post(`${url}/orders`, { ...good, items: [] }), 400, 'invalid')), ['items'])
  assert.deepEqual(paths(await refused(post(`${url}/orders`, { ...good, items: {} }), 400, 'invalid')), ['items'])
  assert.deepEqual(paths(await refused(post(`${url}/stock/A/receipts`, { quantity: -1, sku: 'B' }), 400, 'invalid')), [
    'quantity',
  ])
})

test('__proto__ as a field is an unknown field', async () => {
  const body = `{"__proto__": {"customerId": "eve"}, "customerId": "ada", "items": [{"sku": "A", "quantity": 1, "unitPrice": "1", "__proto__": 1}]}`
  assert.deepEqual(paths(await refused(post(`${url}/orders`, body), 400, 'invalid')), [
    '__proto__',
    'items[0].__proto__',
  ])
  assert.equal(({} as { customerId?: string }).customerId, undefined)
})

test('U+0000, lone surrogates, control characters and endless names are refused wherever a name stands', async () => {
  for (const name of ['a\\u0000b', '\\ud800', 'a\\udc00b', 'line\\nbreak', '\\u001b[2J', 'x'.repeat(10_000), '']) {
    for (const body of [
      `{"orderId": "${name}", "customerId": "ada", "items": [{"sku": "A", "quantity": 1, "unitPrice": "1"}]}`,
      `{"customerId": "${name}", "items": [{"sku": "A", "quantity": 1, "unitPrice": "1"}]}`,
      `{"customerId": "ada", "country": "${name}", "items": [{"sku": "A", "quantity": 1, "unitPrice": "1"}]}`,
      `{"customerId": "ada", "items": [{"sku": "${name}", "quantity": 1, "unitPrice": "1"}]}`,
    ])
      await refused(post(`${url}/orders`, body), 400, 'invalid')
  }
  for (const path of ['/orders/%00', '/stock/a%0Ab', `/orders/${'x'.repeat(10_000)}`, '/customers/%1B/orders']) {
    await refused(ask(url + path), 400, 'bad_request')
  }
})

test('strange names that are text come back unchanged from every place', async () => {
  const names = [
    '__proto__',
    'constructor',
    '../../etc/passwd',
    `'; drop table ew_events; --`,
    '"quoted"',
    '<script>',
    '%2e%2e%2f',
    'a/b',
    '😀 é',
    'Order/x',
    ' ',
    '...',
    '\u2028',
  ]
  for (const name of names) {
    const at = encodeURIComponent(name).replaceAll('.', '%2E')
    assert.equal((await rawPost(`/stock/${at}/receipts`, { quantity: 2 })).status, 202, name)
    const items = [{ ...good.items[0], sku: name }]
    const placed = await post(`${url}/orders`, { orderId: name, customerId: name, country: name, items })
    assert.equal(placed.status, 202, name)
    const { body } = await rawAsk(`/orders/${at}?wait=10s`)
    assert.deepEqual(
      [body.orderId, body.customerId, body.country, body.items[0].sku, body.status],
      [name, name, name, name, 'confirmed'],
    )
    assert.ok(await shop.caughtUp(patience))
    assert.deepEqual((await rawAsk(`/stock/${at}`)).body, { sku: name, onHand: 1, reserved: 0 })
    assert.equal((await rawAsk(`/customers/${at}/orders`)).body[0].orderId, name)
  }
  const { body } = await ask(`${url}/sales/countries`)
  for (const name of names)
    assert.ok(
      body.some(({ country }: { country: string }) => country === name),
      name,
    )
})

test('an order whose id no path can hold is refused', async () => {
  for (const orderId of ['.', '..']) await refused(post(`${url}/orders`, { ...good, orderId }), 400, 'invalid')
})

test('headers and parameters that cannot be used are refused', async () => {
  await refused(post(`${url}/orders`, good, { 'idempotency-key': 'x'.repeat(201) }), 400, 'bad_request')
  await refused(post(`${url}/orders`, good, { 'idempotency-key': 'ké' }), 400, 'bad_request')
  for (const wait of ['5', 'soon', '-1s', '5h', ''])
    await refused(ask(`${url}/orders/x?wait=${wait}`), 400, 'bad_request')
  for (const limit of ['0', '1001', 'all', '-1', '1e2']) {
    await refused(ask(`${url}/customers/ada/orders?limit=${limit}`), 400, 'bad_request')
  }
  await refused(ask(`${url}/customers/ada/orders?cursor=nonsense`), 400, 'bad_request')
})

test('pages of other sites may read but not write', async () => {
  await refused(post(`${url}/orders`, good, { 'sec-fetch-site': 'cross-site' }), 403, 'cross_site')
  assert.equal((await post(`${url}/orders`, good, { 'sec-fetch-site': 'same-origin' })).status, 202)
})

test('nothing of a refused request is stored', async () => {
  assert.ok(await shop.caughtUp(patience))
  const before = await shop.events.head()
  await refused(
    post(`${url}/orders`, { ...good, orderId: 'half', items: [good.items[0], { sku: 'A' }] }),
    400,
    'invalid',
  )
  await refused(ask(`${url}/orders/half`), 404, 'not_found')
  assert.equal(await shop.events.head(), before)
})

// fetch would tidy dots out of a path before it is sent.
function rawAsk(path: string, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = rawRequest(url, { path, method, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: new Headers(), body: JSON.parse(text) as unknown }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function rawPost(path: string, body: object): Promise<Answer> {
  return rawAsk(path, 'POST', JSON.stringify(body))
}
