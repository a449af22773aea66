import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { consoleHandler, type ConsoleOptions } from 'eventwright/console'
import { consoleRoutes } from '../../src/console/handler.ts'
import { folderFor } from '../fixtures/folder.ts'
import { hotel, origin } from './console.fixture.ts'

const page = `${origin}/`
const session = `${origin}/console/api/session`

async function codeOf(response: Response): Promise<string> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  const { status, code } = (await response.json()) as { status: number; code: string }
  assert.equal(status, response.status)
  return `${status} ${code}`
}

test('the token is exchanged once for a session that scripts of pages cannot read, and leaves the address', async (t) => {
  const { open } = await hotel(t, memory())
  const handler = consoleHandler(open)
  t.after(() => handler.close())
  const link = handler.link(origin)
  assert.equal(link, `${page}?token=${handler.token}`)

  const entered = await handler(new Request(link))
  assert.deepEqual([entered.status, entered.headers.get('location')], [303, '/'])
  const cookie = entered.headers.get('set-cookie')!
  assert.match(cookie, /^ew_console_3000=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
  const known = await handler(new Request(session, { headers: { cookie: cookie.split(';')[0]! } }))
  assert.equal(known.status, 200)
  assert.equal(((await known.json()) as { role: string }).role, 'operator')

  for (const spent of [link, `${page}?token=other`]) {
    const again = await handler(new Request(spent))
    assert.deepEqual([again.status, again.headers.get('set-cookie')], [303, null])
  }
  const secure = consoleHandler(open, { token: 'a token that was set' })
  t.after(() => secure.close())
  for (let times = 0; times < 2; times++) {
    const over = await secure(new Request('https://localhost/?token=a+token+that+was+set'))
    assert.match(over.headers.get('set-cookie')!, /^ew_console_443=.*; Secure$/)
  }
})

test('without a session nothing is told, and an ended one is none', async (t) => {
  const { desk } = await hotel(t, memory())
  assert.equal(await codeOf(await desk.handler(new Request(session))), '401 unauthenticated')
  const forged = { cookie: 'ew_console_3000=forged' }
  assert.equal(await codeOf(await desk.handler(new Request(session, { headers: forged }))), '401 unauthenticated')
  assert.equal((await desk.ask('session')).status, 200)
  const ended = await desk.order('session/end')
  assert.equal(ended.status, 204)
  assert.match(ended.headers.get('set-cookie')!, /Max-Age=0/)
  assert.equal(await codeOf(await desk.ask('session')), '401 unauthenticated')
})

test('other host names are refused, since a name may be turned to this address', async (t) => {
  const { desk } = await hotel(t, memory(), { hosts: ['ops.example.com', 'hotel.test:8080'], page: folderFor(t) })
  const at = async (url: string, host?: string): Promise<number> =>
    (await desk.handler(new Request(url, { headers: { cookie: desk.cookie, ...(host && { host }) } }))).status
  assert.equal(
    await codeOf(await desk.handler(new Request('http://evil.example.com/console/api/session'))),
    '421 wrong_host',
  )
  assert.equal(await at(session, 'evil.example.com:3000'), 421)
  assert.equal(await at('http://127.0.0.1.evil.com/'), 421)
  assert.equal(await at('http://hotel.test/'), 421)
  for (const fine of [
    'http://localhost:3000/',
    'http://[::1]:3000/',
    'http://OPS.example.com/',
    'http://hotel.test:8080/',
  ])
    assert.equal(await at(fine), 503, fine)
})

test('what a page of another origin asks is refused, and every order that does not say from where it comes', async (t) => {
  const { desk } = await hotel(t, memory())
  const post = (headers: Record<string, string>): Promise<Response> =>
    desk.handler(
      new Request(`${origin}/console/api/verify/store`, {
        method: 'POST',
        headers: {
          cookie: desk.cookie,
          'content-type': 'application/json',
          'idempotency-key': 'key-of-one',
          ...headers,
        },
        body: '{"reason":"why"}',
      }),
    )
  const foreign = [
    {},
    { origin: 'http://evil.example.com' },
    { origin: 'http://127.0.0.1:8080' },
    { origin: 'null' },
    { origin, 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of foreign)
    assert.equal(await codeOf(await post(headers)), '403 cross_origin', JSON.stringify(headers))
  assert.equal((await post({ origin, 'sec-fetch-site': 'same-origin' })).status, 200)
  // Another port of the same machine is the same site, so a cookie would come along.
  assert.equal(await codeOf(await desk.ask('session', { 'sec-fetch-site': 'same-site' })), '403 cross_origin')
})

test('an order needs an operator, a reason, a key of its own and a JSON object; a viewer looks', async (t) => {
  const { open, desk } = await hotel(t, memory())
  const refused = async (headers: Record<string, string>, body: string): Promise<string> =>
    codeOf(
      await desk.handler(
        new Request(`${origin}/console/api/verify/store`, {
          method: 'POST',
          headers: {
            cookie: desk.cookie,
            origin,
            'content-type': 'application/json',
            'idempotency-key': 'key-of-two',
            ...headers,
          },
          body,
        }),
      ),
    )
  assert.equal(await refused({}, '{}'), '400 bad_request')
  assert.equal(await refused({}, '{"reason":"  "}'), '400 bad_request')
  assert.equal(await refused({}, '{"reason":7}'), '400 bad_request')
  assert.equal(await refused({}, 'reason'), '400 bad_request')
  assert.equal(await refused({}, '["reason"]'), '400 bad_request')
  assert.equal(await refused({ 'idempotency-key': '' }, '{"reason":"why"}'), '400 bad_request')
  assert.equal(await refused({ 'content-type': 'text/plain' }, '{"reason":"why"}'), '400 bad_request')
  assert.equal(await refused({}, `{"reason":"why","more":"${'x'.repeat(5 * 1024 * 1024)}"}`), '413 too_large')
  assert.deepEqual(await open.inspect.actions({ limit: 10 }), [])

  const viewer = consoleHandler(open, { authenticate: () => ({ who: 'vera', role: 'viewer' }) })
  t.after(() => viewer.close())
  assert.equal(viewer.token, undefined)
  assert.equal((await viewer(new Request(session))).status, 200)
  const order = new Request(`${origin}/console/api/verify/store`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', 'idempotency-key': 'key-of-three' },
    body: '{"reason":"why"}',
  })
  assert.equal(await codeOf(await viewer(order)), '403 forbidden')
  const stranger = consoleHandler(open, { authenticate: async () => undefined })
  t.after(() => stranger.close())
  assert.equal(await codeOf(await stranger(new Request(session))), '401 unauthenticated')
})

test('every order is refused to viewers, from elsewhere, and without a reason or a key', async (t) => {
  const { open, desk } = await hotel(t, memory())
  const viewer = consoleHandler(open, { authenticate: () => ({ who: 'vera', role: 'viewer' }) })
  t.after(() => viewer.close())
  const orders = consoleRoutes
    .filter(({ method }) => method === 'POST')
    .map(({ path }) => path.replaceAll(/:\w+/g, 'x'))
  assert.ok(orders.includes('streams/x/delete') && orders.includes('consumers/x/forget'), orders.join(' '))
  for (const path of orders) {
    const post = (headers: Record<string, string>, body = '{"reason":"why","name":"x"}'): Request =>
      new Request(`${origin}/console/api/${path}`, {
        method: 'POST',
        headers: {
          cookie: desk.cookie,
          origin,
          'content-type': 'application/json',
          'idempotency-key': 'key-of-four',
          ...headers,
        },
        body,
      })
    const elsewhere = { origin: 'http://evil.example.com' }
    assert.equal(await codeOf(await viewer(post({}))), '403 forbidden', path)
    assert.equal(await codeOf(await desk.handler(post(elsewhere))), '403 cross_origin', path)
    assert.equal(await codeOf(await desk.handler(post({ cookie: '' }))), '401 unauthenticated', path)
    assert.equal(await codeOf(await desk.handler(post({}, '{"name":"x"}'))), '400 bad_request', path)
    assert.equal(await codeOf(await desk.handler(post({ 'idempotency-key': 'short' }))), '400 bad_request', path)
  }
  assert.deepEqual(await open.inspect.actions({ limit: 10 }), [])
})

test('texts that no store can hold are refused before a store is asked, wherever they stand', async (t) => {
  const { desk } = await hotel(t, memory())
  for (const { method, path } of consoleRoutes) {
    if (method !== 'GET') continue
    const nul = path.replaceAll(/:\w+/g, 'a%00b')
    assert.equal(await codeOf(await desk.ask(`${path.replaceAll(/:\w+/g, 'x')}?q=a%00b`)), '400 bad_request', path)
    if (nul !== path) assert.equal(await codeOf(await desk.ask(nul)), '400 bad_request', path)
  }
  assert.equal(await codeOf(await desk.order('streams/a%00b/archive')), '400 bad_request')
})

test('a console that strangers reach is not made without somebody who says who they are', async (t) => {
  const { open } = await hotel(t, memory())
  const authenticate = () => ({ who: 'ann', role: 'viewer' as const })
  const wrong: readonly ConsoleOptions[] = [
    { address: '0.0.0.0' },
    { address: '::' },
    { address: '192.168.1.7', hosts: ['ops.example.com'] },
    { address: '0.0.0.0', authenticate },
    { token: 'short' },
    { base: 'console' },
    { hosts: ['http://ops.example.com'] },
  ]
  for (const options of wrong)
    assert.throws(() => consoleHandler(open, options), { code: 'EW_CONFIG' }, JSON.stringify(options))
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) await consoleHandler(open, { address }).close()
  await consoleHandler(open, { address: '0.0.0.0', authenticate, hosts: ['ops.example.com'] }).close()
})

test('the page is served as it was built, with a policy that runs nothing inline; before that it says how it is built', async (t) => {
  const folder = folderFor(t)
  const { desk } = await hotel(t, memory(), { page: folder, base: '/ops/' })
  const at = (path: string, method = 'GET'): Promise<Response> =>
    desk.handler(new Request(`${origin}${path}`, { method }))
  const unbuilt = await at('/ops/')
  assert.equal(unbuilt.status, 503)
  assert.match(await unbuilt.text(), /npm start/)
  assert.deepEqual([desk.handler.handles('/ops/'), desk.handler.handles('/ops/console/api/x')], [true, true])
  assert.equal(desk.handler.handles('/orders'), false)

  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'assets/index-abc.js'), 'let a')
  writeFileSync(join(folder, 'built-from'), 'secret of the builder')
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  const built = await at('/ops/')
  assert.deepEqual([built.status, await built.text()], [200, '<!doctype html>'])
  const policy = built.headers.get('content-security-policy')!
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /unsafe/)
  assert.deepEqual(
    ['x-content-type-options', 'referrer-policy', 'cache-control'].map((name) => built.headers.get(name)),
    ['nosniff', 'no-referrer', 'no-cache'],
  )
  const script = await at('/ops/assets/index-abc.js')
  assert.deepEqual(
    [script.status, script.headers.get('content-type'), script.headers.get('cache-control')],
    [200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  )
  assert.equal(desk.handler.handles('/ops/assets/index-abc.js'), true)
  const absent = ['/ops/built-from', '/ops/../package.json', '/ops/%2e%2e/package.json', '/ops/assets/', '/elsewhere']
  for (const path of absent) assert.equal((await at(path)).status, 404, path)
  assert.equal((await at('/ops/', 'POST')).status, 405)
})

test('paths that are none, torn ones and other methods are refused by name, and cursors of other lists', async (t) => {
  const { desk } = await hotel(t, memory())
  assert.equal(await codeOf(await desk.ask('nothing')), '404 not_found')
  assert.equal(await codeOf(await desk.ask('streams/%E0%A4%A')), '400 bad_request')
  assert.equal(await codeOf(await desk.order('overview')), '405 method_not_allowed')
  assert.equal(await codeOf(await desk.ask('verify/store')), '405 method_not_allowed')
  assert.equal(await codeOf(await desk.ask('streams?cursor=bm8')), '400 bad_request')
  assert.equal(await codeOf(await desk.ask('streams?limit=501')), '400 bad_request')
  assert.equal(await codeOf(await desk.ask('views/nothing')), '404 not_found')
  assert.equal(await codeOf(await desk.ask('views/bookings/rows?orderBy=status')), '400 EW_QUERY')
})
