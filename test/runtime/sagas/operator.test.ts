import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderedAction, SagaInput } from '../../../src/runtime/sagas/input.ts'
import { orderRefusal } from '../../../src/runtime/sagas/operator.ts'
import { sagaCore } from '../../../src/runtime/sagas/core.ts'
import type { SagaState } from '../../../src/runtime/sagas/state.ts'
import { orderCreation } from './order.fixture.ts'

const moment = { nowMs: 1_000, random: 0 }
const placed = { orderId: '7', sku: 's', total: '1.00' }

/** An instance after some inputs, the start first. */
function after(...inputs: readonly SagaInput[]): SagaState {
  const started: SagaInput = { kind: 'started', sagaId: 'order-creation/7', data: placed, schemaVersion: 1 }
  let state: SagaState | undefined
  for (const input of [started, ...inputs])
    for (const event of sagaCore.decide(orderCreation, state, input, moment).events)
      state = sagaCore.evolve(state, event)
  return state!
}

const ordered = (state: SagaState, action: OrderedAction) => {
  const given = { who: 'ann', why: 'test', order: 'o1' }
  const input: SagaInput =
    action.kind === 'cancel' ? { kind: 'cancel', ...given } : { kind: 'operator', ...given, action }
  return sagaCore.decide(orderCreation, state, input, moment)
}

test('an order that is refused is an event that names it and changes nothing', () => {
  const state = after()
  const orders: readonly OrderedAction[] = [
    { kind: 'resume' },
    { kind: 'retry', step: 'reserve-inventory' },
    { kind: 'retry', step: 'constructor' },
    { kind: 'mark-undone', step: 'reserve-inventory' },
    { kind: 'skip', step: 'reserve-inventory' },
    { kind: 'from a newer release' } as never,
  ]
  for (const action of orders) {
    const { answer, why, events } = ordered(state, action)
    assert.equal(answer, 'refused', action.kind)
    assert.deepEqual(events, [{ type: 'OrderRefused', who: 'ann', why: 'test', order: 'o1', action, reason: why }])
    assert.deepEqual(sagaCore.evolve(state, events[0]!), state)
    assert.equal(orderRefusal(orderCreation, state, action), why)
  }
})

test('an order that is obeyed is an event that names it', () => {
  assert.deepEqual(ordered(after(), { kind: 'cancel' }).events, [
    { type: 'CancelRequested', who: 'ann', why: 'test', order: 'o1' },
  ])
  const [acted] = ordered(after(), { kind: 'terminate' }).events
  assert.deepEqual(acted, {
    type: 'OperatorActed',
    who: 'ann',
    why: 'test',
    order: 'o1',
    action: { kind: 'terminate' },
  })
})

test('nobody is told of an order to an instance that is not there', () => {
  const input = { kind: 'cancel', who: 'ann', why: 'test' } as const
  const { answer, events } = sagaCore.decide(orderCreation, undefined, input, moment)
  assert.deepEqual([answer, events], ['refused', []])
})
