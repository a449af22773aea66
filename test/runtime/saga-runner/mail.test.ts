import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError } from 'eventwright'
import { awaitAddress, eventMail, replyMail } from '../../../src/runtime/saga-runner/mail.ts'
import { delivered } from './runner.fixture.ts'
import { OrderApproved, OrderCreated, orderCreation, orderHandling, started } from '../sagas/order.fixture.ts'

const created = delivered(OrderCreated(started))
const address = { sagaId: 'order-creation/7', step: 'reserve-inventory', action: 'do', execId: 1, attempt: 1 }

test('every event of an id is the same start, and an event that nobody waits for is none', () => {
  const [first] = eventMail(orderCreation, created)
  const [second] = eventMail(orderCreation, delivered(OrderCreated({ ...started, sku: 'coffee' })))
  assert.deepEqual([first!.address, first!.key], ['order-creation/7', 'start'])
  assert.deepEqual([second!.address, second!.key], [first!.address, first!.key])
  assert.deepEqual(eventMail(orderCreation, delivered(OrderApproved({ orderId: '7', by: 'ann' }))), [])
})

test('an awaited event has its own id as key, at the address of its step and value', () => {
  const event = delivered(OrderApproved({ orderId: '7', by: 'ann' }))
  const [mail] = eventMail(orderHandling, event)
  assert.deepEqual([mail!.address, mail!.key, mail!.kind], ['approval=7', event.meta.id, 'awaited'])
})

test('an address for a value is one that a store takes, the same for equal values and no other', () => {
  const values = ['7', '', 'a/b', 'a=b', 'x'.repeat(300), 'x'.repeat(301), '\u0000', '\ud800', '\n', '7\u0000']
  const addresses = values.map((value) => awaitAddress('approval', value))
  assert.equal(new Set(addresses).size, values.length)
  for (const each of addresses) assert.match(each, /^approval=[^\u0000-\u001f\ud800-\udfff]{0,200}$/)
  assert.equal(awaitAddress('approval', 'x'.repeat(300)), addresses[4])
})

test('an id that no stream can have is refused', () => {
  assert.throws(
    () => eventMail(orderCreation, delivered(OrderCreated({ ...started, orderId: '' }))),
    (error) => isEventwrightError(error, 'EW_STREAM_NAME'),
  )
})

test('answers differ by request, attempt and outcome; a copy is the same piece of mail', () => {
  const mailFor = (changed: object, status: 'done' | 'refused' = 'done') =>
    replyMail({
      address: JSON.stringify({ ...address, ...changed }),
      answer: status === 'done' ? { status } : { status, code: 'no' },
    })
  const all = [mailFor({}), mailFor({ attempt: 2 }), mailFor({ execId: 2 }), mailFor({ action: 'undo' })]
  assert.equal(new Set([...all, mailFor({}, 'refused')].map(({ key }) => key)).size, 5)
  assert.deepEqual(mailFor({}), all[0])
  assert.deepEqual([all[0]!.saga, all[0]!.address], ['order-creation', 'order-creation/7'])
})

test('an answer without the address of a step is refused', () => {
  for (const text of [
    '',
    'null',
    '{}',
    '"x"',
    JSON.stringify({ ...address, attempt: 'x' }),
    JSON.stringify({ ...address, sagaId: 7 }),
  ]) {
    assert.throws(
      () => replyMail({ address: text, answer: { status: 'done' } }),
      (error) => isEventwrightError(error, 'EW_MESSAGE_UNREADABLE'),
      text,
    )
  }
})
