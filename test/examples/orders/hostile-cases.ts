import type { Asked } from './hostile-server.ts'

/** What is sent, the code of the problem that answers it, and what its detail must say. */
export type Case = readonly [what: string, asked: Asked, code: string, says: RegExp]

/** The same for what is no request at all: the bytes on the wire. */
export type RawCase = readonly [what: string, bytes: string | Uint8Array, code: string, says: RegExp]

const order = (body: string | Uint8Array, headers: readonly string[] = []): Asked => ({
  method: 'POST',
  path: '/orders',
  headers: ['content-type: application/json', ...headers],
  body,
})
const get = (path: string): Asked => ({ path })
const receive = (path: string, body = '{"quantity": 1}'): Asked => ({ method: 'POST', path, body })
const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : Buffer.from(part))))

/** An order that can be placed. */
export const goodOrder = '{"customerId": "ada", "items": [{"sku": "LAMP", "quantity": 1, "unitPrice": "2.55"}]}'

/** The good order with one field set to JSON text that is put in unchanged: `country`, `items[0].sku`. */
export function orderWith(place: string, json: string): string {
  const inItem = /^items\[0\]\.(.*)$/s.exec(place)?.[1]
  const item = new Map([
    ['sku', '"LAMP"'],
    ['quantity', '1'],
    ['unitPrice', '"2.55"'],
  ])
  if (inItem !== undefined) item.set(inItem, json)
  const fields = new Map([
    ['customerId', '"ada"'],
    ['items', `[${place === 'items[0]' ? json : objectOf(item)}]`],
  ])
  if (!place.startsWith('items[')) fields.set(place, json)
  return objectOf(fields)
}

function objectOf(fields: ReadonlyMap<string, string>): string {
  return `{${[...fields].map(([name, json]) => `${JSON.stringify(name)}: ${json}`).join(', ')}}`
}

const noJson = /^Send a JSON object; this body is none: /
const noUtf8 = /^The body is not valid UTF-8; send JSON text in UTF-8/
const deep = /^The body is nested deeper than 16 levels; send a flat order/
const empty = /^The body is empty; send a JSON object/
const noObject = /^Mend the body: expected an object/

/** Bodies that are no JSON object in UTF-8. */
export const bodies: readonly Case[] = [
  ['no body', { method: 'POST', path: '/orders' }, 'bad_json', empty],
  ['an empty body', order(''), 'bad_json', empty],
  ['white space', order(' \r\n\t '), 'bad_json', empty],
  ['a byte order mark alone', order('\ufeff'), 'bad_json', empty],
  ['a body that breaks off', order(goodOrder.slice(0, -1)), 'bad_json', noJson],
  ['a body that breaks off in a name', order('{"custo'), 'bad_json', noJson],
  ['a trailing comma', order('{"customerId": "ada",}'), 'bad_json', noJson],
  ['two documents', order(`${goodOrder} ${goodOrder}`), 'bad_json', noJson],
  ['single quotes', order(`{'customerId': 'ada'}`), 'bad_json', noJson],
  ['a comment', order(`/* */ ${goodOrder}`), 'bad_json', noJson],
  ['NaN', order(orderWith('items[0].quantity', 'NaN')), 'bad_json', noJson],
  ['-Infinity', order(orderWith('items[0].quantity', '-Infinity')), 'bad_json', noJson],
  ['a number in hex', order(orderWith('items[0].quantity', '0x10')), 'bad_json', noJson],
  ['a number with a leading zero', order(orderWith('items[0].quantity', '01')), 'bad_json', noJson],
  ['a raw line end in a text', order(orderWith('customerId', '"a\nb"')), 'bad_json', noJson],
  ['a raw NUL', order(`\0${goodOrder}`), 'bad_json', noJson],
  ['half an escape', order(orderWith('customerId', '"\\ud8"')), 'bad_json', noJson],
  ['a form', order('customerId=ada&items='), 'bad_json', noJson],
  ['XML', order('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), 'bad_json', noJson],
  ['a byte that is not UTF-8', order(bytes('{"customerId": "', 0xff, '"}')), 'bad_json', noUtf8],
  ['a surrogate in UTF-8', order(bytes('{"customerId": "', 0xed, 0xa0, 0x80, '"}')), 'bad_json', noUtf8],
  ['an overlong slash', order(bytes('{"customerId": "', 0xc0, 0xaf, '"}')), 'bad_json', noUtf8],
  ['UTF-16', order(Buffer.from(`\ufeff${goodOrder}`, 'utf16le')), 'bad_json', noUtf8],
  ['gzip', order(bytes(0x1f, 0x8b, 0x08), ['content-encoding: gzip']), 'bad_json', noUtf8],
  ['100,000 arrays, open', order('['.repeat(100_000)), 'bad_json', deep],
  ['100,000 arrays', order(orderWith('items', '['.repeat(100_000) + ']'.repeat(100_000))), 'bad_json', deep],
  ['20,000 objects', order('{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)), 'bad_json', deep],
  ['17 arrays', order(orderWith('items', '['.repeat(17) + ']'.repeat(17))), 'bad_json', deep],
  ['null', order('null'), 'invalid', noObject],
  ['an array', order(`[${goodOrder}]`), 'invalid', noObject],
  ['a text', order(JSON.stringify(goodOrder)), 'invalid', noObject],
  ['a number', order('1e400'), 'invalid', noObject],
  ['one byte above the limit', order(goodOrder.padEnd(262_145)), 'too_large', /at most 262144 bytes; send less/],
]

/** A field, the JSON that stands there, and what the issue of exactly this field says. */
export type FieldCase = readonly [place: string, json: string, says: RegExp]

const many = (count: number, json: string): string => `[${Array.from({ length: count }, () => json).join(',')}]`
const unknownFields = ['__proto__', 'constructor', 'prototype', 'toString', 'colour', '', 'customerid', '\u0000']
const texts = ['orderId', 'customerId', 'country', 'items[0].sku']
const noTexts = ['null', '7', 'true', '[]', '{}', '["ada"]', '{"__proto__": {"length": 3}}']
const noNames: readonly (readonly [json: string, says: RegExp])[] = [
  ['""', /1 to 80 characters/],
  [`"${'x'.repeat(81)}"`, /1 to 80 characters/],
  [`"${'x'.repeat(10_000)}"`, /1 to 80 characters, got .*10000 characters/],
  ['"a\\u0000b"', /U\+0000/],
  ['"\\ud800"', /surrogate/],
  ['"\\udc00\\ud800"', /surrogate/],
  ['"line\\nbreak"', /pattern|match/],
  ['"\\u001b[2J"', /pattern|match/],
  ['"\\u0085"', /pattern|match/],
]
const quantities: readonly (readonly [json: string, says: RegExp])[] = [
  ['0', /from 1 to 1000000, got 0/],
  ['-1', /from 1 to 1000000, got -1/],
  ['-0', /from 1 to 1000000, got/],
  ['1.5', /expected int, got 1\.5/],
  ['1e-400', /from 1 to 1000000, got 0/],
  ['1000001', /from 1 to 1000000, got 1000001/],
  ['2147483648', /32 bits/],
  ['9007199254740992', /32 bits/],
  ['1e21', /32 bits/],
  ['1e400', /got Infinity/],
  ['"1"', /expected int, got "1"/],
  ['null', /got null/],
  ['true', /got true/],
  ['[1]', /got an array/],
  ['{}', /got an object/],
]
const prices: readonly (readonly [json: string, says: RegExp])[] = [
  ['"1e3"', /decimal\(12, 3\).*got "1e3"/],
  ['"-1"', /at least 0\.001, got "-1"/],
  ['"0"', /at least 0\.001, got "0"/],
  ['0', /at least 0\.001/],
  ['"0.0001"', /decimal\(12, 3\)/],
  ['0.0001', /decimal\(12, 3\)/],
  ['1e21', /decimal\(12, 3\)/],
  ['1e400', /decimal\(12, 3\)/],
  ['9007199254740993', /decimal\(12, 3\)/],
  ['"123456789012345678901234567890"', /decimal\(12, 3\)/],
  [`"${'9'.repeat(10_000)}"`, /decimal\(12, 3\)/],
  ['"NaN"', /decimal\(12, 3\)/],
  ['"0x10"', /decimal\(12, 3\)/],
  ['" 1"', /decimal\(12, 3\)/],
  ['"1,50"', /decimal\(12, 3\)/],
  ['"+1"', /decimal\(12, 3\)/],
  ['".5"', /decimal\(12, 3\)/],
  ['"5."', /decimal\(12, 3\)/],
  ['"\u0663"', /decimal\(12, 3\)/],
  ['""', /decimal\(12, 3\)/],
  ['null', /decimal\(12, 3\)/],
  ['{}', /decimal\(12, 3\)/],
]

/** Orders with one field that is wrong. */
export const fields: readonly FieldCase[] = [
  ...unknownFields.flatMap((name): FieldCase[] => [
    [name, '{"customerId": "eve"}', /unknown field/],
    [`items[0].${name}`, '1', /unknown field/],
  ]),
  ...texts.flatMap((place) => noTexts.map((json): FieldCase => [place, json, /expected string, got/])),
  ...texts.flatMap((place) => noNames.map(([json, says]): FieldCase => [place, json, says])),
  ['orderId', '"."', /can stand in a URL/],
  ['orderId', '".."', /can stand in a URL/],
  ['paymentToken', '"tok_free"', /one of "tok_ok".*got "tok_free"/],
  ['paymentToken', '"__proto__"', /one of "tok_ok"/],
  ['paymentToken', 'null', /one of "tok_ok"/],
  ['items', 'null', /expected an array, got null/],
  ['items', '"LAMP"', /expected an array/],
  ['items', '{"0": {}, "length": 1}', /expected an array, got an object/],
  ['items', '[]', /1 to 2000 items, got an array of 0/],
  ['items', many(2_001, '{"sku": "A", "quantity": 1, "unitPrice": "1"}'), /1 to 2000 items, got an array of 2001/],
  ['items', many(10_000, '{}'), /1 to 2000 items, got an array of 10000/],
  ['items[0]', 'null', /expected Item/],
  ['items[0]', '7', /expected Item/],
  ['items[0]', '[]', /expected Item/],
  ...quantities.map(([json, says]): FieldCase => ['items[0].quantity', json, says]),
  ...prices.map(([json, says]): FieldCase => ['items[0].unitPrice', json, says]),
]

const escape = /^A % in the path begins two hex digits of a byte of UTF-8; write %25/
const name = /^A name in the path has 1 to 80 characters and no control characters/
const key = /^Idempotency-Key has 1 to 200 printable ASCII characters/
const nowhere = /^No resource has this path; \/openapi\.json lists all/
const wait = /^wait is not a time; write 500ms or 5s/
const limit = /^limit is no page size; write a number from 1 to 1000/
const cursor = /^The cursor is none of this list; leave it out/
const tornNames = ['%', '%f', '%zz', '%ff', 'a%', '%C0%AF', '%ED%A0%80', '%E2%82', '%u0041']
const noPathNames = ['%00', 'a%00b', '%0A', '%7F', '%C2%85', '%1B%5B2J', 'x'.repeat(81), 'x'.repeat(10_000)]

/** Paths, parameters, methods and headers that cannot be used. */
export const requests: readonly Case[] = [
  ...tornNames.flatMap((torn): Case[] => [
    [`an order called ${torn}`, get(`/orders/${torn}`), 'bad_request', escape],
    [`a customer called ${torn}`, get(`/customers/${torn}/orders`), 'bad_request', escape],
    [`a product called ${torn}`, get(`/stock/${torn}`), 'bad_request', escape],
    [`receiving ${torn}`, receive(`/stock/${torn}/receipts`), 'bad_request', escape],
  ]),
  ...noPathNames.flatMap((bad): Case[] => [
    [`an order called ${bad.slice(0, 20)}`, get(`/orders/${bad}`), 'bad_request', name],
    [`a customer called ${bad.slice(0, 20)}`, get(`/customers/${bad}/orders`), 'bad_request', name],
    [`receiving ${bad.slice(0, 20)}`, receive(`/stock/${bad}/receipts`), 'bad_request', name],
  ]),
  ...['/orders/..%2f..%2f', '/orders/__proto__', '/orders/constructor', "/orders/'%20or%201=1--", '/orders/%22'].map(
    (path): Case => [`GET ${path}`, get(path), 'not_found', /^There is no order "/],
  ),
  ...['/nothing', '/orders/', '//orders', '/orders/a/b', '/ORDERS', '/../../etc/passwd', '/%2e%2e/settings.ts'].map(
    (path): Case => [`GET ${path}`, get(path), 'not_found', nowhere],
  ),
  ...['-1', '1e9s', 'abc', '', '5', '5h', '1.5s', '%00', '9999999s', '1s%20'].map((text): Case => [
    `wait=${text}`,
    get(`/orders/x?wait=${text}`),
    'bad_request',
    wait,
  ]),
  ...['0', '-1', '1001', 'all', '1e2', '', '0x10'].map((text): Case => [
    `limit=${text}`,
    get(`/customers/ada/orders?limit=${text}`),
    'bad_request',
    limit,
  ]),
  ...['', 'x', '%00', 'bnVsbA', 'W3siX19wcm90b19fIjoxfV0', 'A'.repeat(8_000)].map((text): Case => [
    `cursor=${text.slice(0, 20)}`,
    get(`/customers/ada/orders?cursor=${text}`),
    'bad_request',
    cursor,
  ]),
  ...['', 'x'.repeat(201), 'k\u00e9', 'tab\tbed'].map((text): Case => [
    `Idempotency-Key: ${text.slice(0, 20)}`,
    order(goodOrder, [`idempotency-key: ${text}`]),
    'bad_request',
    key,
  ]),
  [
    'a page of another site',
    order(goodOrder, ['sec-fetch-site: cross-site']),
    'cross_site',
    /Only pages of this server/,
  ],
  ['another product in the body', receive('/stock/A/receipts', '{"quantity": 1, "sku": "B"}'), 'invalid', /^Mend sku:/],
  ['half a piece', receive('/stock/A/receipts', '{"quantity": 0.5}'), 'invalid', /^Mend quantity: expected int/],
  ['no quantity', receive('/stock/A/receipts', '{}'), 'invalid', /^Mend quantity: .*got nothing/],
  ...[
    ['PUT', '/orders', 'POST'],
    ['GET', '/orders', 'POST'],
    ['OPTIONS', '/orders', 'POST'],
    ['TRACE', '/orders', 'POST'],
    ['DELETE', '/orders/x', 'GET, HEAD'],
    ['PATCH', '/stock/x', 'GET, HEAD'],
    ['GET', '/stock/x/receipts', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/shop', 'GET, HEAD'],
    ['POST', '/live', 'GET, HEAD'],
  ].map(([method, path, allow]): Case => [
    `${method} ${path}`,
    { method: method as string, path: path as string },
    'method_not_allowed',
    new RegExp(`^Use ${allow}\\.$`),
  ]),
]

const noRequest = /\. Send an HTTP\/1\.1 request with a Host header, for a path of this server\.$/
const chunked = 'POST /orders HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n'
const placing = (header: string): string => `POST /orders HTTP/1.1\r\nhost: shop\r\n${header}\r\n\r\n${goodOrder}`

/** What is no HTTP request, or one that cannot be read. */
export const noRequests: readonly RawCase[] = [
  ['no HTTP', 'HELO shop\r\n\r\n', 'bad_request', noRequest],
  ['TLS', Uint8Array.of(0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3), 'bad_request', noRequest],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'bad_request', noRequest],
  ['an unknown method', 'FOO /orders HTTP/1.1\r\nhost: shop\r\n\r\n', 'bad_request', noRequest],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 'bad_request', noRequest],
  ['a host that is none', 'GET /healthz HTTP/1.1\r\nhost: a b<>\r\n\r\n', 'bad_request', noRequest],
  ['another scheme', 'GET ftp://shop/healthz HTTP/1.1\r\nhost: shop\r\n\r\n', 'bad_request', noRequest],
  ['no path', 'OPTIONS * HTTP/1.1\r\nhost: shop\r\n\r\n', 'bad_request', noRequest],
  ['a raw NUL in the path', 'GET /orders/\0 HTTP/1.1\r\nhost: shop\r\n\r\n', 'bad_request', noRequest],
  ['raw UTF-8 in the path', 'GET /orders/\u00e9 HTTP/1.1\r\nhost: shop\r\n\r\n', 'bad_request', noRequest],
  ['a NUL in a header', placing('idempotency-key: a\0b'), 'bad_request', noRequest],
  ['a header without a name', placing(': b'), 'bad_request', noRequest],
  ['two lengths', placing('content-length: 5\r\ncontent-length: 6'), 'bad_request', noRequest],
  ['a length that is none', placing('content-length: abc'), 'bad_request', noRequest],
  ['a negative length', placing('content-length: -1'), 'bad_request', noRequest],
  ['length and chunks', placing('content-length: 5\r\ntransfer-encoding: chunked'), 'bad_request', noRequest],
  ['a chunk size that is none', `${chunked}zz\r\n{}\r\n0\r\n\r\n`, 'bad_request', noRequest],
  ['a negative chunk size', `${chunked}-1\r\n{}\r\n0\r\n\r\n`, 'bad_request', noRequest],
  ['a header of 20 kB', placing(`x: ${'a'.repeat(20_000)}`), 'headers_too_large', /16 KiB together; shorten them/],
  ['a path of 20 kB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 'headers_too_large', /16 KiB together/],
]

/** Strange texts that are names all the same. */
export const legalNames: readonly string[] = [
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'a/b',
  '/',
  '...',
  `'; drop table ew_events; --`,
  '"quoted"',
  '\\',
  '<script>alert(1)</script>',
  '%',
  '%2e%2e%2f',
  '%00',
  'a?b#c&d=e+f',
  ' ',
  '\u{1f600} \u00e9 e\u0301',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\u202eabc',
  'Order/x',
  'null',
  '0',
  'x'.repeat(80),
  '\u20ac'.repeat(80),
]
