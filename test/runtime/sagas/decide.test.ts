import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saga } from '../../../src/design/sagas/saga.ts'
import { decide } from '../../../src/runtime/sagas/decide.ts'
import type { SagaState } from '../../../src/runtime/sagas/state.ts'
import { sagaSpec } from '../../../src/testing/saga-spec.ts'
import {
  CancelOrder,
  ChargePayment,
  ConfirmOrder,
  OrderApproved,
  OrderCreated,
  OrderCreation,
  OrderHandling,
  orderHandling,
  RefundPayment,
  ReleaseInventory,
  ReserveInventory,
  ShipOrder,
  started,
} from './order.fixture.ts'

const reserve = ReserveInventory({ orderId: '7', sku: 'tea' })
const charge = ChargePayment({ orderId: '7', amount: '15.30' })
const confirm = ConfirmOrder({ orderId: '7' })
const byKey = 'order-creation/7'
const release = ReleaseInventory({ byKey, reservationId: 'r1' })
const cancelled = (reason: string) => CancelOrder({ orderId: '7', reason })

const begun = () => sagaSpec(OrderCreation).start(OrderCreated(started)).expect(reserve, 'running')
const reserved = () => begun().reply('reserve-inventory', { reservationId: 'r1' }).expect(charge)
const paid = () => reserved().reply('process-payment', { paymentId: 'p1' }).expect(confirm)

test('a saga whose steps all succeed is completed', () => {
  const done = paid().reply('confirm-order').expect('completed')
  assert.equal(done.timeline.match(/^ {12}\w+/gm)?.length, 8, done.timeline)
})

test('a refusal before the pivot undoes what is done, newest first, but not the refused step, then records it', () => {
  reserved()
    .refuse('process-payment', 'card_declined')
    .expect(release, 'compensating')
    .undone('reserve-inventory')
    .expect(cancelled('card_declined'), 'compensating')
    .recorded()
    .expect('compensated')
    .expectCause({ step: 'process-payment', reason: 'card_declined' })
})

test('a refused pivot undoes every step before it in reverse', () => {
  paid()
    .refuse('confirm-order', 'order_cancelled')
    .expect(RefundPayment({ byKey, of: 'done' }))
    .undone('process-payment')
    .expect(release)
    .undone('reserve-inventory')
    .expect(cancelled('order_cancelled'))
})

test('an outcome that stays unknown is undone, as unknown', () => {
  reserved()
    .timeout('process-payment')
    .expect('running')
    .advance('200ms')
    .expect(charge)
    .timeout('process-payment')
    .expect(RefundPayment({ byKey, of: 'unknown' }))
    .undone('process-payment')
    .expect(release)
    .undone('reserve-inventory')
    .expect(cancelled('timeout'))
})

test('attempts have one key and one request; the answer to an earlier one counts', () => {
  const late = reserved().timeout('process-payment').expect()
  late.reply('process-payment', { paymentId: 'p1' }).expect(confirm)
  late.advance('200ms').expect(charge).reply('process-payment', { paymentId: 'p1' }).expect(confirm)
})

test('a failure of an earlier attempt does not count against the one that is under way', () => {
  reserved().fail('process-payment').again().advance('200ms').expect(charge).again().expect('running')
})

test('pauses between attempts grow, and the count outlives a crash', () => {
  begun()
    .fail('reserve-inventory')
    .advance('999ms')
    .expect()
    .crash()
    .advance('1ms')
    .expect(reserve)
    .crash()
    .fail('reserve-inventory')
    .advance('1999ms')
    .expect()
    .advance('1ms')
    .expect(reserve)
    .fail('reserve-inventory')
    .expect(ReleaseInventory({ byKey }), 'compensating')
})

test('a refusal that is not final is asked again; in the end the outcome counts as unknown', () => {
  const refused = begun().refuse('reserve-inventory', 'stock_taking').expect('running').advance('1s').expect(reserve)
  refused.refuse('reserve-inventory', 'out_of_stock').expect(cancelled('out_of_stock'))
  refused
    .refuse('reserve-inventory', 'stock_taking')
    .advance('2s')
    .expect(reserve)
    .refuse('reserve-inventory', 'stock_taking')
    .expect(ReleaseInventory({ byKey }))
    .expectCause({ step: 'reserve-inventory', reason: 'stock_taking' })
})

test('a step that was given up and turns out to be done is undone knowing that', () => {
  const lost = reserved().timeout('process-payment').advance('200ms').timeout('process-payment')
  const unknown = RefundPayment({ byKey, of: 'unknown' })
  const undoing = lost.expect(charge, unknown)
  const known = undoing.late('process-payment', { paymentId: 'p1' }).expect().undone('process-payment')
  known
    .expect(RefundPayment({ byKey, of: 'done' }))
    .undone('process-payment')
    .expect(release)

  const undone = undoing.undone('process-payment').expect(release).late('process-payment', { paymentId: 'p1' }).expect()
  undone.undone('reserve-inventory').expect(RefundPayment({ byKey, of: 'done' }))

  const closed = undoing.undone('process-payment').undone('reserve-inventory').recorded()
  const reopened = closed.expect(release, cancelled('timeout'), 'compensated')
  reopened
    .late('process-payment', { paymentId: 'p1' })
    .expect(RefundPayment({ byKey, of: 'done' }), 'compensating')
    .again()
    .expect()
    .undone('process-payment')
    .expect('compensated')
})

test('a step that was refused and turns out to be done is undone, also when the saga is closed already', () => {
  const refused = begun().timeout('reserve-inventory').advance('1s').refuse('reserve-inventory', 'out_of_stock')
  const closed = refused.expect(reserve, cancelled('out_of_stock')).recorded().expect('compensated')
  const open = closed.late('reserve-inventory', { reservationId: 'r1' }).expect(release, 'compensating')
  open.undone('reserve-inventory').expect('compensated')
})

test('a function that refuses when it is asked again is undone: an earlier attempt may have taken effect', () => {
  const hold = handling().reply('quote', { price: '1' })
  hold.refuse('hold', 'no').expect('do hold', 'compensated')
  const again = hold.fail('hold').advance('1s').refuse('hold', 'no').expect('do hold', 'do hold', 'undo hold')
  again.expectCause({ step: 'hold', reason: 'no' })
})

test('a function that was given up may still refuse: only the last attempt at it counts', () => {
  const { state } = handling().reply('quote', { price: '1' }).timeout('hold').advance('1s').expect('do hold', 'do hold')
  const { execId } = state.steps['hold']!.request!
  const refusal = (attempt: number) =>
    told(state, {
      kind: 'reply',
      step: 'hold',
      action: 'do',
      execId,
      attempt,
      result: { status: 'refused', code: 'no' },
    })
  assert.deepEqual(refusal(1).events, [])
  assert.equal(refusal(2).events[1]?.type, 'CompensationStarted')
})

/** What the saga of every kind of step decides at the time it stands at. */
function told(state: SagaState, input: Parameters<typeof decide>[2]) {
  return decide(orderHandling, state, input, { nowMs: state.startedAtMs, random: 0 })
}

test('a repeated answer leads to nothing, wherever the saga is', () => {
  const one = begun().reply('reserve-inventory', { reservationId: 'r1' }).again().expect(charge)
  const two = one.reply('process-payment', { paymentId: 'p1' }).again().expect(confirm)
  two.reply('confirm-order').again().expect('completed')
  reserved().refuse('process-payment', 'card_declined').again().expect(release)
})

test('an answer to a request that was never made is refused', () => {
  assert.throws(() => begun().reply('confirm-order'), /waits for no answer/)
  begun().late('reserve-inventory', { reservationId: 'r1' }).expect(charge)
})

const dated = saga('dated', { startedBy: OrderCreated, id: (e) => e.orderId, deadline: '1m' })
  .step('hold', { do: () => 1, undo: () => 1, attemptTimeout: '10m', deadline: '20m' })
  .step('charge', { do: () => 1, undo: () => 1, attemptTimeout: '10m', deadline: '30s' })
  .pivotCall('confirm', { call: ConfirmOrder, with: () => ({ orderId: '7' }), attemptTimeout: '10m', deadline: '20s' })
const due = () => sagaSpec(dated).start(OrderCreated(started)).expect('do hold')

test('before the pivot is asked for, the deadline of the saga turns it back with what is under way', () => {
  const late = due().advance('59s').expect().advance('1s').expect('undo hold', 'compensating')
  late.expectCause({ step: 'hold', reason: 'deadline' })
  const second = due().advance('50s').reply('hold', 1).advance('10s').expect('do charge', 'undo charge')
  second.undone('charge').expect('undo hold').undone('hold').expect('compensated')
})

test('the deadline of a step ends it, whatever attempts are left', () => {
  const asked = due().reply('hold', 1).advance('29s').expect('do charge').advance('1s').expect('undo charge')
  asked.expectCause({ step: 'charge', reason: 'deadline' })
})

test('an answer that is read after the deadline of the saga does not lead to the pivot any more', () => {
  const { state } = due().reply('hold', 1).expect('do charge')
  const { execId } = state.steps['charge']!.request!
  const answer = {
    kind: 'reply',
    step: 'charge',
    action: 'do',
    execId,
    attempt: 1,
    result: { status: 'done' },
  } as const
  const types = (afterMs: number) =>
    decide(dated, state, answer, { nowMs: state.startedAtMs + afterMs, random: 0 }).events.map(({ type }) => type)
  assert.deepEqual(types(59_999), ['StepSucceeded', 'StepRequested'])
  assert.deepEqual(types(60_000), ['StepSucceeded', 'CompensationStarted', 'UndoRequested'])
})

test('once the pivot is asked for a deadline only alerts: the participant refuses what comes after it', () => {
  const asked = due().reply('hold', 1).reply('charge', 1).expect('do charge', confirm)
  const { request } = asked.state.steps['confirm']!
  assert.equal(request!.deadlineAtMs, asked.state.startedAtMs + 20_000)
  const overdue = asked.advance('2m').expect('running')
  assert.deepEqual([overdue.state.overdue, overdue.state.cause], [true, null])
  overdue.reply('confirm').expect('completed')
  overdue.refuse('confirm', 'expired').expect('undo charge', 'compensating')
})

test('a step after the pivot is tried for ever, and its refusal leaves the saga stuck', () => {
  let ship = handled().reply('decide', { by: 'kim' }).expect(shipping)
  for (let attempt = 1; attempt <= 50; attempt++) ship = ship.fail('ship').advance().expect(shipping)
  ship.reply('ship').expect('do tell').reply('tell').expect('completed')
  const stuck = ship.refuse('ship', 'no_address').expect('stuck').again().expect('stuck')
  stuck.operate({ kind: 'skip', step: 'ship' }).expect('do tell', 'running')
  stuck.operate({ kind: 'resume' }).expect(shipping, 'running').reply('ship').expect('do tell')
  stuck.cancel().expectRefused(/pivot/)
})

const shipping = ShipOrder({ orderId: '7', paymentId: 'kim' })
const approved = OrderApproved({ orderId: '7', by: 'kim' })
const handling = () => sagaSpec(OrderHandling).start(OrderCreated(started)).expect('do quote')
const noted = () => handling().reply('quote', { price: '1' }).reply('hold', { hold: 'h' }).expect('do hold', 'do note')
const waiting = () => noted().reply('note', { noted: true }).expect('wait approval', 'waiting')
const handled = () => waiting().signal('approval', approved).expect('do decide', 'running')

test('an event that comes before its wait counts, once', () => {
  const early = noted().signal('approval', approved).expect('running')
  early.reply('note', { noted: true }).expect('wait approval', 'do decide').again().expect('running')
  handled().signal('approval', approved).expect()
})

test('a wait takes no other value, and fails when its time is over', () => {
  const other = waiting()
    .signal('approval', OrderApproved({ orderId: '8', by: 'kim' }))
    .expect('waiting')
  other.advance('24h').expect('undo note', 'compensating').expectCause({ step: 'approval', reason: 'timeout' })
})

test('a function that ran when its process died is run again, and the attempt counts', () => {
  const hold = handling().reply('quote', { price: '1' }).expect('do hold')
  const again = hold.crash().advance('1s').expect('do hold')
  again.crash().expect('undo hold', 'compensating').expectCause({ step: 'hold', reason: 'crash' })
})

test('a local step is never unknown: what it recorded commits with its success or not at all', () => {
  const failed = noted().fail('note').advance('200ms').expect('do note').fail('note')
  const given = failed.expect('undo hold').expectCause({ step: 'note', reason: 'error' })
  given.late('note', { noted: true }).expect()
  noted().advance('1m').expect('do note', 'undo hold')
})

test('a pivot whose outcome stays unknown leaves the saga stuck, and a late answer frees it', () => {
  const stuck = handled().fail('decide').advance('1s').expect('do decide').fail('decide').expect('stuck')
  stuck.advance('24h').expect('stuck')
  stuck.late('decide', { by: 'kim' }).expect(shipping, 'running')
  stuck.operate({ kind: 'resume' }).expect('do decide', 'running')
  stuck.late('decide', { by: 'kim' }).again().expect(shipping)
})

test('an undo that cannot be done leaves the saga stuck until an operator acts or it is answered', () => {
  const undoing = noted().refuse('note', 'nope').expect('undo hold')
  const stuck = undoing.failUndo('hold').advance('1s').expect('undo hold').failUndo('hold').expect('stuck')
  stuck.operate({ kind: 'resume' }).expect('undo hold', 'compensating').undone('hold').expect('compensated')
  stuck.operate({ kind: 'retry', step: 'hold' }).expect('undo hold', 'compensating')
  stuck.operate({ kind: 'mark-undone', step: 'hold' }).expect('compensated')
  stuck.undone('hold').expect('compensated')
  const ended = stuck.operate({ kind: 'terminate' }).expect('terminated')
  assert.deepEqual(ended.state.debts, ['hold'])
  ended.operate({ kind: 'resume' }).expectRefused(/terminated/)
})

test('after an operator has resumed it, a stuck request has all its attempts again, with numbers of their own', () => {
  const undoing = noted()
    .refuse('note', 'nope')
    .failUndo('hold')
    .advance('1s')
    .failUndo('hold')
    .expect(...('undo hold,undo hold,stuck'.split(',') as never[]))
  for (const kind of ['resume', 'retry'] as const) {
    const resumed = undoing.operate({ kind, step: 'hold' }).expect('undo hold', 'compensating')
    assert.equal(resumed.state.steps['hold']?.request?.attempt, 3)
    resumed.failUndo('hold').expect('compensating').advance('1s').expect('undo hold').failUndo('hold').expect('stuck')
  }
})

test('a terminated saga owes what may have happened and is not undone; once it has decided, what is left to do', () => {
  const debts = (given: { state: SagaState }) => given.state.debts
  assert.deepEqual(debts(paid().operate({ kind: 'terminate' })), [
    'reserve-inventory',
    'process-payment',
    'confirm-order',
  ])
  assert.deepEqual(debts(waiting().operate({ kind: 'terminate' })), ['hold', 'note'])
  const decided = handled().reply('decide', { by: 'kim' })
  assert.deepEqual(debts(decided.operate({ kind: 'terminate' })), ['ship', 'tell'])
  assert.deepEqual(debts(decided.reply('ship').reply('tell').cancel()), [])
})

test('a wait cannot be skipped with an output, which would be no event', () => {
  const stuckWait = saga('late-wait', { startedBy: OrderCreated, id: (e) => e.orderId })
    .pivot('decide', { do: () => 1 })
    .waitFor('approval', {
      event: OrderApproved,
      by: (e) => e.orderId,
      correlate: () => {
        throw new Error('not today')
      },
      within: '1h',
      onTimeout: 'continue',
    })
  const stuck = sagaSpec(stuckWait).start(OrderCreated(started)).reply('decide', 1).expect('do decide', 'stuck')
  stuck.operate({ kind: 'skip', step: 'approval', output: { by: 'kim' } }).expectRefused(/without an output/)
  stuck.operate({ kind: 'skip', step: 'approval' }).expect('completed')
})

test('a refused undo and a refused record of the failure leave the saga stuck', () => {
  reserved()
    .refuse('process-payment', 'card_declined')
    .refuseUndo('reserve-inventory', 'locked')
    .expect(release, 'stuck')
  begun()
    .refuse('reserve-inventory', 'out_of_stock')
    .refuse('failed', 'order_confirmed')
    .expect(cancelled('out_of_stock'), 'stuck')
    .operate({ kind: 'skip', step: 'failed' })
    .expect('compensated')
})

test('the command that records a failure is sent until it is answered', () => {
  let failed = begun().refuse('reserve-inventory', 'out_of_stock').expect(cancelled('out_of_stock'))
  for (let attempt = 1; attempt <= 30; attempt++) {
    failed = failed.fail('failed').advance().expect(cancelled('out_of_stock'))
  }
  failed.recorded().expect('compensated')
})

test('cancel lets an attempt settle, then turns back; after the pivot was asked for it is refused', () => {
  const cancelling = reserved().cancel('changed my mind').expect('running')
  cancelling.reply('process-payment', { paymentId: 'p1' }).expect(RefundPayment({ byKey, of: 'done' }), 'compensating')
  cancelling.fail('process-payment').expect(RefundPayment({ byKey, of: 'unknown' }), 'compensating')
  cancelling.cancel().expectRefused(/already/)
  begun().fail('reserve-inventory').cancel().expect(ReleaseInventory({ byKey }), 'compensating')
  noted().cancel().fail('note').expect('undo hold').expectCause({ step: 'note', reason: 'cancelled' })
  waiting().cancel().expect('undo note').expectCause({ step: 'approval', reason: 'cancelled' })
  paid()
    .cancel()
    .expectRefused(/pivot/)
    .reply('confirm-order')
    .expect('completed')
    .cancel()
    .expectRefused(/completed/)
})

test('a timer that is told too early does nothing, and one key follows from the names alone', () => {
  const { request } = reserved().advance('1ms').advance('1ms').expect().state.steps['process-payment']!
  assert.equal(request?.key, 'order-creation/7/process-payment/do')
})
