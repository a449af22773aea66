import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sagaSpec } from '../../src/testing/saga-spec.ts'
import {
  ChargePayment,
  OrderApproved,
  OrderCreated,
  OrderCreation,
  OrderHandling,
  ReserveInventory,
  started,
} from '../runtime/sagas/order.fixture.ts'

const reserve = ReserveInventory({ orderId: '7', sku: 'tea' })
const charge = ChargePayment({ orderId: '7', amount: '15.30' })
const begun = () => sagaSpec(OrderCreation).start(OrderCreated(started))

test('an expectation holds for exactly what was asked for since the last one, in order', () => {
  const paying = begun().expect(reserve, 'running').reply('reserve-inventory', { reservationId: 'r' }).expect(charge)
  paying.expect()
  assert.throws(() => paying.expect(charge), /asked for something else/)
  assert.throws(() => begun().expect(), /\+ ReserveInventory/)
  assert.throws(() => begun().expect(reserve, 'completed'), /- completed\n\+ running/)
  assert.throws(() => begun().expect(ReserveInventory({ orderId: '7', sku: 'milk' })), /milk/)
})

test('a failed expectation shows the timeline', () => {
  const failing = begun().fail('reserve-inventory', 'no power').advance('1s')
  assert.throws(
    () => failing.expect(),
    (error: Error) =>
      /0 s {2}order-creation\/7 is started/.test(error.message) &&
      /StepAttemptFailed reserve-inventory \(attempt 1, error: no power\)/.test(error.message) &&
      /1 s {2}the time has come\n +StepRetried reserve-inventory \(attempt 2\)/.test(error.message),
  )
})

test('a test may branch anywhere: no method changes what it is called on', () => {
  const given = begun()
  given.refuse('reserve-inventory', 'out_of_stock').expectCause({ step: 'reserve-inventory', reason: 'out_of_stock' })
  assert.throws(() => given.expectCause({ step: 'reserve-inventory', reason: 'out_of_stock' }), /another cause/)
  given.reply('reserve-inventory', { reservationId: 'r' }).expect(reserve, charge)
})

test('outputs go through the schema of the reply, and functions see them', () => {
  assert.deepEqual(begun().reply('reserve-inventory', { reservationId: 'r' }).outputs, {
    'reserve-inventory': { reservationId: 'r' },
  })
  assert.throws(() => begun().reply('reserve-inventory', { reservationId: 1 } as never), /EW_VALIDATION/)
  assert.throws(() => begun().reply('no-such-step' as never), /EW_DESIGN/)
})

test('mistakes of the test are told from mistakes of the saga', () => {
  assert.throws(
    () => sagaSpec(OrderCreation).start(OrderApproved({ orderId: '7', by: 'kim' }) as never),
    /is started by/,
  )
  assert.throws(() => begun().undone('reserve-inventory'), /waits for no answer to "undo reserve-inventory"/)
  assert.throws(() => begun().timeout('process-payment'), /No attempt/)
  assert.throws(() => begun().signal('reserve-inventory', OrderApproved({ orderId: '7', by: 'kim' })), /does not wait/)
  assert.throws(() => begun().expectRefused(/x/), /it was not refused/)
})

test('time passes by spans or to whatever is due', () => {
  const handling = sagaSpec(OrderHandling).start(OrderCreated(started)).reply('quote', { price: '1' })
  const given = handling.fail('hold').expect('do quote', 'do hold')
  given.advance('999ms').expect().advance('1ms').expect('do hold')
  given.advance().expect('do hold')
  handling.timeout('hold').advance('1s').expect('do quote', 'do hold', 'do hold')
  assert.match(given.timeline, /StepRequested hold/)
  assert.equal(given.state.status, 'running')
})
