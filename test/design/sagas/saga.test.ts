import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError } from 'eventwright'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { saga } from '../../../src/design/sagas/saga.ts'
import {
  CancelOrder,
  ConfirmOrder,
  OrderApproved,
  OrderCreated,
  orderHandling,
} from '../../runtime/sagas/order.fixture.ts'

const head = { startedBy: OrderCreated, id: (e: { orderId: string }) => e.orderId }
// What the compiler refuses has to be refused at run time too: plain JavaScript may declare it.
const begin = (): any => saga('order', head)
const step = { do: () => 1, noUndo: 'read-only' }

test('a saga is frozen data from which everything about it can be read', () => {
  assert.ok(Object.isFrozen(orderHandling) && Object.isFrozen(orderHandling.steps))
  assert.ok(orderHandling.steps.every((each) => Object.isFrozen(each)))
  assert.deepEqual(
    orderHandling.steps.map(({ kind, name, phase }) => `${phase} ${kind} ${name}`),
    [
      'before do quote',
      'before do hold',
      'before local note',
      'before wait approval',
      'pivot do decide',
      'after call ship',
      'after do tell',
    ],
  )
  assert.deepEqual([orderHandling.kind, orderHandling.name, orderHandling.version], ['saga', 'order-handling', 2])
  const [quote, hold, note, approval, , ship] = orderHandling.steps
  assert.deepEqual(quote?.kind === 'do' && quote.undo, { kind: 'none', reason: 'read-only' })
  assert.equal(hold?.kind === 'do' && hold.undo?.kind, 'do')
  assert.equal(note?.kind === 'local' && note.deadlineMs, 60_000)
  assert.equal(approval?.kind === 'wait' && approval.withinMs, 86_400_000)
  assert.deepEqual(ship?.kind === 'call' && [ship.retry.maxAttempts, ship.undo], ['forever', undefined])
})

test('each call continues a copy: a chain may branch', () => {
  const one = begin().step('a', step)
  const names = (declared: AnySaga): string[] => declared.steps.map(({ name }) => name)
  assert.deepEqual(names(one.step('b', step)), ['a', 'b'])
  assert.deepEqual(names(one.pivot('c', { do: () => 1 })), ['a', 'c'])
  assert.deepEqual(names(one), ['a'])
})

test('failed ends the chain and keeps the steps', () => {
  const ended = begin()
    .step('a', step)
    .failed(() => CancelOrder({ orderId: '1', reason: '' }))
  assert.equal(ended.steps.length, 1)
  assert.equal(typeof ended.recordFailure, 'function')
  assert.equal(ended.step, undefined)
})

test('what is left out has defaults: 5 attempts of 30 s, 20 for an undo, a pivot for ever', () => {
  const [a, b]: any = begin()
    .step('a', { do: () => 1, undo: () => 1 })
    .pivot('b', { do: () => 1 }).steps
  assert.deepEqual([a.retry.maxAttempts, a.attemptTimeoutMs, a.undo.retry.maxAttempts], [5, 30_000, 20])
  assert.deepEqual([a.retry.firstMs, a.retry.factor, a.retry.maxMs], [200, 2, 30_000])
  assert.equal(b.retry.maxAttempts, 'forever')
})

const mistakes: [what: string, declare: () => unknown, message: RegExp][] = [
  ['no undo before the pivot', () => begin().step('a', { do: () => 1 }), /exactly one of undo, or noUndo/],
  ['undo and noUndo', () => begin().step('a', { ...step, undo: () => 1 }), /exactly one/],
  [
    'undoCall without undoWith',
    () => begin().call('a', { ...call, undoCall: CancelOrder }),
    /undoWith .* not a function/,
  ],
  ['a name twice', () => begin().step('a', step).step('a', step), /has a step a already/],
  ['the name failed', () => begin().step('failed', step), /names the command that records the failure/],
  ['a name with a slash', () => begin().step('a/b', step), /no name of a step/],
  ['no function', () => begin().step('a', { do: 1, noUndo: 'x' }), /do of the step a of saga order is not a function/],
  ['an event for a command', () => begin().call('a', { ...call, call: OrderCreated, noUndo: 'x' }), /not a command/],
  ['a command for an event', () => saga('x', { ...head, startedBy: CancelOrder as any }), /not an event/],
  ['a time that is none', () => begin().step('a', { ...step, deadline: '1 hour' }), /deadline of .* '250ms'/],
  ['no attempt', () => begin().step('a', { ...step, retry: { maxAttempts: 0 } }), /maxAttempts .* at least 1/],
  ['a shrinking pause', () => begin().step('a', { ...step, retry: { factor: 0.5 } }), /retry.factor/],
  [
    'a wait that fails after the pivot',
    () =>
      begin()
        .pivot('p', { do: () => 1 })
        .waitFor('w', wait),
    /'continue'/,
  ],
  ['a wait without an end', () => begin().waitFor('w', { ...wait, within: undefined }), /within of/],
  ['a deadline of a pivot function', () => begin().pivot('p', { do: () => 1, deadline: '1s' }), /no deadline/],
  ['no function for failed', () => begin().failed('x'), /needs a function/],
  ['no id', () => saga('x', { startedBy: OrderCreated } as any), /no function id/],
]
const call = { call: ConfirmOrder, with: () => ({ orderId: '1' }) }
const wait = { event: OrderApproved, by: () => '1', correlate: () => '1', within: '1s', onTimeout: 'fail' }

for (const [what, declare, message] of mistakes) {
  test(`a declaration with ${what} is refused by name`, () => {
    assert.throws(declare, (error: Error) => isEventwrightError(error, 'EW_DESIGN') && message.test(error.message))
  })
}
