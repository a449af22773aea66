import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, event, t } from 'eventwright'
import { process } from '../../src/design/sagas/process.ts'
import { processSpec } from '../../src/testing/process-spec.ts'

const Packed = event('Packed', { orderId: t.string(), boxes: t.int() })
const Paid = event('Paid', { orderId: t.string() })
const Lost = event('Lost', { orderId: t.string() })
const Ship = command('Ship', { orderId: t.string(), boxes: t.int() })
const Remind = command('Remind', { orderId: t.string(), time: t.int() })

interface State {
  readonly boxes: number
  readonly paid: boolean
}

const Shipping = process('shipping', { initial: (): State => ({ boxes: 0, paid: false }) })
  .on(
    Packed,
    (e) => e.orderId,
    (s, e) =>
      s.paid
        ? { send: [Ship({ ...e })], end: true }
        : {
            state: { ...s, boxes: e.boxes },
            after: {
              first: { in: '1h', send: Remind({ orderId: e.orderId, time: 1 }) },
              second: { in: '2h', send: Remind({ orderId: e.orderId, time: 2 }) },
            },
          },
  )
  .on(
    Paid,
    (e) => e.orderId,
    (s, e) =>
      s.boxes > 0
        ? { send: [Ship({ orderId: e.orderId, boxes: s.boxes })], end: true }
        : { state: { ...s, paid: true } },
  )
  .on(
    Lost,
    (e) => e.orderId,
    () => ({ after: { first: 'cancel', other: { in: '30m', send: Remind({ orderId: '7', time: 3 }) } } }),
  )

const packed = Packed({ orderId: '7', boxes: 2 })
const remind = (time: number) => Remind({ orderId: '7', time })

test('a process collects events in either order and ends', () => {
  const ship = Ship({ orderId: '7', boxes: 2 })
  processSpec(Shipping)
    .given(packed)
    .expect()
    .given(Paid({ orderId: '7' }))
    .expect(ship)
    .expectEnd()
    .expectTimers()
  processSpec(Shipping)
    .given(Paid({ orderId: '7' }), packed)
    .expect(ship)
    .expectEnd()
})

test('an instance that has ended does nothing any more', () => {
  const ended = processSpec(Shipping)
    .given(Paid({ orderId: '7' }), packed)
    .advance('5h')
  ended
    .given(packed)
    .advance('5h')
    .expect(Ship({ orderId: '7', boxes: 2 }))
    .expectTimers()
})

test('timers fire in their order, once, unless they are set anew or cancelled', () => {
  const waiting = processSpec(Shipping).given(packed).expectTimers('first', 'second')
  waiting.advance('59m').expect().advance('1m').expect(remind(1)).advance().expect(remind(2)).advance('9h').expect()
  waiting.advance('30m').given(packed).advance('59m').expect().advance('1m').expect(remind(1))
  waiting
    .given(Lost({ orderId: '7' }))
    .expectTimers('other', 'second')
    .advance('9h')
    .expect(remind(3), remind(2))
  waiting.expectState({ boxes: 2, paid: false })
})

test('a process that does something else than expected is shown with what it met', () => {
  assert.throws(
    () => processSpec(Shipping).given(packed).expect(remind(1)),
    (error: Error) =>
      /other commands/.test(error.message) && /- Remind\(/.test(error.message) && /Packed/.test(error.message),
  )
  assert.throws(() => processSpec(Shipping).given(packed).expectEnd(), /it goes on/)
  assert.throws(() => processSpec(Shipping).given(packed).expectState({ boxes: 3, paid: false }), /another state/)
})

test('events of another instance and events without a reaction are mistakes of the test', () => {
  assert.throws(() => processSpec(Shipping).given(packed, Paid({ orderId: '8' })), /this test is about shipping\/7/)
  const Other = event('Other', { orderId: t.string() })
  assert.throws(() => processSpec(Shipping).given(Other({ orderId: '7' })), /does not react to Other/)
})
