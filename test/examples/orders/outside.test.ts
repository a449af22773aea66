import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { OutsideError } from '../../../examples/orders/outside/outside-error.ts'
import { patience } from '../../fixtures/patience.ts'
import { askParty, openForTest, until } from './outside-party.ts'
import { folderOfStores } from './store-folder.ts'

const store = join(folderOfStores(), 'shop.db')
const provider = await openForTest('provider', store)
const mail = await openForTest('mail', store)

const chargeOf = (name: string, token: string) => ({ key: `${name}/charge`, orderId: name, amount: '15.30', token })
const isCode = (code: string, reason?: string) => (error: unknown) => {
  assert.ok(error instanceof OutsideError)
  assert.deepEqual([error.code, error.reason], [code, reason])
  return true
}
// The answer never comes, so the length of the wait decides nothing.
const impatient = { timeoutMs: 200 }

/** Asks for a charge that is not answered, and goes away when it has happened. */
async function chargeInVain(charge: ReturnType<typeof chargeOf>): Promise<void> {
  const away = new AbortController()
  const asked = provider.charge(charge, { ...patience, signal: away.signal })
  const ended = assert.rejects(asked, { name: 'AbortError' })
  await until('the charge', async () => (await provider.payments(charge.orderId)).charged === '15.30')
  away.abort()
  await ended
}

test('a charge happens once for its key, and its first answer is given again', async () => {
  const charge = chargeOf('ok', 'tok_ok')
  assert.deepEqual(await provider.payments('ok'), { charged: '0.00', refunded: '0.00' })
  const answers = await Promise.all(Array.from({ length: 5 }, () => provider.charge(charge)))
  assert.equal(answers[0]?.status, 'charged')
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  assert.deepEqual(await provider.payments('ok'), { charged: '15.30', refunded: '0.00' })
})

test('another amount, order or token under a known key is refused and changes nothing', async () => {
  const charge = chargeOf('reused', 'tok_ok')
  await provider.charge(charge)
  for (const other of [{ amount: '15.31' }, { orderId: 'else' }, { token: 'tok_declined' }]) {
    await assert.rejects(provider.charge({ ...charge, ...other }), isCode('outside_refused', 'key_reused'))
  }
  assert.deepEqual(await provider.payments('reused'), { charged: '15.30', refunded: '0.00' })
  assert.deepEqual(await provider.payments('else'), { charged: '0.00', refunded: '0.00' })
})

test('a declined card stays declined and nothing is charged', async () => {
  const charge = chargeOf('declined', 'tok_declined')
  assert.deepEqual(await provider.charge(charge), { status: 'declined' })
  assert.deepEqual(await provider.charge(charge), { status: 'declined' })
  assert.equal(await provider.refund({ key: 'declined/undo', chargeKey: charge.key }), '0.00')
  assert.deepEqual(await provider.payments('declined'), { charged: '0.00', refunded: '0.00' })
})

test('a flaky bank fails twice for each key, and then works', async () => {
  for (const name of ['flaky-1', 'flaky-2']) {
    const charge = chargeOf(name, 'tok_flaky')
    await assert.rejects(provider.charge(charge), isCode('outside_unavailable', 'unavailable'))
    assert.equal((await provider.payments(name)).charged, '0.00')
    await assert.rejects(provider.charge(charge), isCode('outside_unavailable', 'unavailable'))
    assert.equal((await provider.charge(charge)).status, 'charged')
    assert.equal((await provider.payments(name)).charged, '15.30')
  }
})

test('a charge whose answer was late is found under its key: one charge', async () => {
  const charge = chargeOf('timeout', 'tok_timeout')
  await chargeInVain(charge)
  assert.equal((await provider.charge(charge)).status, 'charged')
  assert.equal((await provider.payments('timeout')).charged, '15.30')
})

test('a lost charge never answers, happened once, and can be refunded', async () => {
  const charge = chargeOf('lost', 'tok_lost')
  await chargeInVain(charge)
  for (let attempt = 2; attempt <= 3; attempt++) {
    await assert.rejects(provider.charge(charge, impatient), isCode('outside_no_answer'))
  }
  assert.deepEqual(await provider.payments('lost'), { charged: '15.30', refunded: '0.00' })
  assert.equal(await provider.refund({ key: 'lost/undo', chargeKey: charge.key }), '15.30')
  assert.deepEqual(await provider.payments('lost'), { charged: '15.30', refunded: '15.30' })
})

test('a charge is refunded once, whatever the keys, and its repeat charges nothing', async () => {
  const charge = chargeOf('refunded', 'tok_ok')
  const answer = await provider.charge(charge)
  for (const key of ['refunded/undo', 'refunded/undo', 'refunded/undo-2']) {
    assert.equal(await provider.refund({ key, chargeKey: charge.key }), '15.30')
  }
  assert.deepEqual(await provider.charge(charge), answer)
  assert.deepEqual(await provider.payments('refunded'), { charged: '15.30', refunded: '15.30' })
  const other = { key: 'refunded/undo', chargeKey: 'ok/charge' }
  await assert.rejects(provider.refund(other), isCode('outside_refused', 'key_reused'))
})

test('a refund that overtakes its charge keeps the charge from happening', async () => {
  for (const token of ['tok_ok', 'tok_lost', 'tok_declined']) {
    const charge = chargeOf(`late-${token}`, token)
    assert.equal(await provider.refund({ key: `${charge.key}/undo`, chargeKey: charge.key }), '0.00')
    assert.deepEqual(await provider.charge(charge), { status: 'withdrawn' })
    assert.deepEqual(await provider.payments(charge.orderId), { charged: '0.00', refunded: '0.00' })
  }
  const flaky = chargeOf('late-flaky', 'tok_flaky')
  await assert.rejects(provider.charge(flaky), isCode('outside_unavailable', 'unavailable'))
  await provider.refund({ key: 'late-flaky/undo', chargeKey: flaky.key })
  assert.deepEqual(await provider.charge(flaky), { status: 'withdrawn' })
})

test('several charges of one order are summed exactly', async () => {
  for (const [index, amount] of ['0.10', '0.20', '999999999999.99', '0.00'].entries()) {
    await provider.charge({ key: `sum/${index}`, orderId: 'sum/ä?', amount, token: 'tok_ok' })
  }
  assert.deepEqual(await provider.payments('sum/ä?'), { charged: '1000000000000.29', refunded: '0.00' })
})

test('the caller can stop waiting, with a reason of its own', async () => {
  const stop = new AbortController()
  const asked = provider.charge(chargeOf('stopped', 'tok_lost'), { signal: stop.signal })
  stop.abort(new Error('changed my mind'))
  await assert.rejects(asked, /changed my mind/)
  await assert.rejects(provider.payments('ok', { signal: stop.signal }), /changed my mind/)
})

test('a message is accepted once for its key; repeats are accepted and counted', async () => {
  const message = { key: 'order-1/confirmed', to: 'ada', subject: 'Thank you', text: 'It is on its way.' }
  const answers = await Promise.all([1, 2, 3].map(() => mail.send(message)))
  assert.deepEqual(answers.map(({ isRepeat }) => isRepeat).sort(), [false, true, true])
  assert.deepEqual(await mail.send({ ...message, key: 'order-2/confirmed', to: 'bob' }), { isRepeat: false })
  assert.deepEqual(await mail.send({ ...message, text: 'Something else.' }), { isRepeat: true })
  assert.deepEqual(await mail.counts(), { accepted: 2, repeats: 3 })

  const all = await askParty('mail', store, '/messages')
  assert.deepEqual(all.body.messages[0], { number: 1, ...message, repeats: 3 })
  const after = await askParty('mail', store, '/messages?after=1')
  assert.deepEqual(after.body.messages, [{ number: 2, ...message, key: 'order-2/confirmed', to: 'bob', repeats: 0 }])
  const toAda = await askParty('mail', store, '/messages?to=ada')
  assert.deepEqual(toAda.body.messages, all.body.messages.slice(0, 1))
})
