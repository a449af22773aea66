import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyFile, readAddress } from '../../../examples/orders/outside/party-file.ts'
import { askParty, openForTest } from './outside-party.ts'
import { folderOfStores } from './store-folder.ts'

const store = join(folderOfStores(), 'shop.db')
const provider = await openForTest('provider', store)
const mail = await openForTest('mail', store)
const charge = { key: 'k', orderId: 'o', amount: '1.00', token: 'tok_ok' }
const message = { key: 'k', to: 'ada', subject: 'Hello', text: 'Good morning.' }

test('whoever does not know the token is refused, with the token of the other party too', async () => {
  const { port, token } = readAddress(partyFile('provider', store))!
  const wrong = ['', 'Bearer ', `Bearer ${token}x`, token, `Bearer ${readAddress(partyFile('mail', store))!.token}`]
  for (const authorization of wrong) {
    for (const path of ['/healthz', '/charges', '/stop', '/nothing']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        ...(path === '/healthz' ? {} : { method: 'POST', body: JSON.stringify(charge) }),
        headers: { authorization },
      })
      assert.equal(response.status, 401)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.equal(((await response.json()) as { code: string }).code, 'unauthorized')
    }
  }
  assert.deepEqual(await provider.payments('o'), { charged: '0.00', refunded: '0.00' })
})

test('the file with the token is for its owner alone', () => {
  assert.equal(statSync(partyFile('provider', store)).mode & 0o077, 0)
})

const badCharges: readonly (readonly [what: string, code: string, body: string | Uint8Array])[] = [
  ['no body', 'bad_json', ''],
  ['no JSON', 'bad_json', '{"key":'],
  ['no UTF-8', 'bad_json', new Uint8Array([0x22, 0xff, 0x22])],
  ['deep nesting', 'bad_json', '['.repeat(30_000)],
  ['an array', 'invalid', '[]'],
  ['null', 'invalid', 'null'],
  ['an absent field', 'invalid', JSON.stringify({ ...charge, key: undefined })],
  ['an unknown field', 'invalid', JSON.stringify({ ...charge, currency: 'GBP' })],
  ['__proto__', 'invalid', `{"__proto__":{"key":"k"},${JSON.stringify(charge).slice(1)}`],
  ['a key that is a number', 'invalid', JSON.stringify({ ...charge, key: 1 })],
  ['an empty key', 'invalid', JSON.stringify({ ...charge, key: '' })],
  ['a long key', 'invalid', JSON.stringify({ ...charge, key: 'k'.repeat(501) })],
  ['U+0000', 'invalid', JSON.stringify({ ...charge, orderId: 'o\0' })],
  ['a lone surrogate', 'invalid', JSON.stringify({ ...charge, orderId: '\ud800' })],
  ['an unknown token', 'invalid', JSON.stringify({ ...charge, token: 'tok_gold' })],
  ...['1', '1.0', '-1.00', '01.00', '1e2', ' 1.00', '1.00\n', '1000000000000.00', 'NaN'].map(
    (amount) => [`the amount ${JSON.stringify(amount)}`, 'invalid', JSON.stringify({ ...charge, amount })] as const,
  ),
]

test('bad charges get a 400 that says what is wrong, and nothing is charged', async () => {
  for (const [what, code, body] of badCharges) {
    const answer = await askParty('provider', store, '/charges', { method: 'POST', body: body as string })
    assert.deepEqual([answer.status, answer.body.code], [400, code], what)
    assert.equal(typeof answer.body.detail, 'string')
  }
  assert.deepEqual(await provider.payments('o'), { charged: '0.00', refunded: '0.00' })
})

test('bad refunds, messages, paths and numbers are refused too', async () => {
  const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })
  const cases = [
    ['provider', '/refunds', post({ key: 'r' }), 400, 'invalid'],
    ['provider', '/payments/%zz', {}, 400, 'invalid'],
    ['provider', '/payments/a/b', {}, 404, 'not_found'],
    ['provider', '/charges', {}, 404, 'not_found'],
    ['provider', '/messages', post(message), 404, 'not_found'],
    ['mail', '/messages', post({ ...message, to: null }), 400, 'invalid'],
    ['mail', '/messages', post({ ...message, text: 'x'.repeat(20_001) }), 400, 'invalid'],
    ['mail', '/messages', post({ ...message, text: 'x'.repeat(5_000_000) }), 413, 'too_large'],
    ['mail', '/messages?after=-1', {}, 400, 'invalid'],
    ['mail', '/messages?after=1e3', {}, 400, 'invalid'],
  ] as const
  for (const [kind, path, init, status, code] of cases) {
    const answer = await askParty(kind, store, path, init)
    assert.deepEqual([answer.status, answer.body.code], [status, code], path)
  }
  assert.deepEqual(await mail.counts(), { accepted: 0, repeats: 0 })
})

test('hostile texts are kept as they are', async () => {
  for (const name of [
    `'; drop table charges; --`,
    '../../etc/passwd',
    '__proto__',
    '%00',
    '\u202e\ud83d\udca5',
    '?#&',
  ]) {
    await provider.charge({ ...charge, key: name, orderId: name })
    assert.deepEqual(await provider.payments(name), { charged: '1.00', refunded: '0.00' })
    await mail.send({ ...message, key: name, to: name })
    const found = await askParty('mail', store, `/messages?to=${encodeURIComponent(name)}`)
    assert.deepEqual([found.body.messages.length, found.body.messages[0].key], [1, name])
  }
})
