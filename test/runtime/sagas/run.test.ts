import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reject } from 'eventwright'
import { saga } from '../../../src/design/sagas/saga.ts'
import type { RunEffect } from '../../../src/runtime/sagas/effects.ts'
import { runStep } from '../../../src/runtime/sagas/run.ts'
import { sagaSpec } from '../../../src/testing/saga-spec.ts'
import { CancelOrder, OrderCreated, started } from './order.fixture.ts'

const ran = (answer: () => unknown) =>
  saga('ran', { startedBy: OrderCreated, id: (e) => e.orderId })
    .step('first', { do: answer, undo: (s, m) => [s.of.status, m.key].join() === 'unknown,k' && reject('no') })
    .failed((s) => CancelOrder({ orderId: s.input.orderId, reason: '' }))

const effect = (action: 'do' | 'undo', step = 'first'): RunEffect => ({
  kind: 'run',
  local: false,
  key: 'k',
  dueAtMs: 1,
  reply: { sagaId: 'ran/7', step, action, execId: 1, attempt: 1 },
})
const meta = { step: 'first', attempt: 1, key: 'k', signal: new AbortController().signal }

const answers: [what: string, answer: () => unknown, result: unknown][] = [
  ['a value', () => ({ b: 1, a: [null] }), { status: 'done', output: { a: [null], b: 1 } }],
  ['a promise', async () => 'x', { status: 'done', output: 'x' }],
  ['nothing', () => undefined, { status: 'done' }],
  ['a refusal', async () => reject('sold_out'), { status: 'refused', code: 'sold_out' }],
]

for (const [what, answer, result] of answers) {
  test(`a function that answers ${what} is understood`, async () => {
    const { state } = sagaSpec(ran(answer)).start(OrderCreated(started))
    assert.deepEqual(await runStep(ran(answer), state, effect('do'), 0, meta), result)
  })
}

const failures: [what: string, answer: () => unknown, error: RegExp][] = [
  ['throws', () => assert.fail('not today'), /not today/],
  ['rejects', () => Promise.reject(new Error('not today')), /not today/],
  ['throws no error', () => Promise.reject('not today'), /not today/],
  ['throws what no store takes', () => assert.fail('\u0000not today'), /^\ufffdnot today$/],
  ['answers what JSON cannot hold', () => ({ at: 1n }), /EW_JSON/],
]

for (const [what, answer, error] of failures) {
  test(`a function that ${what} has failed`, async () => {
    const { state } = sagaSpec(ran(answer)).start(OrderCreated(started))
    const result = await runStep(ran(answer), state, effect('do'), 0, meta)
    assert.ok(result.status === 'failed' && error.test(result.error))
  })
}

test('an undo sees how its step ended, and its answer is no output', async () => {
  const given = sagaSpec(ran(() => 1)).start(OrderCreated(started))
  const done = given.reply('first', 1 as never)
  assert.deepEqual(
    await runStep(
      ran(() => 1),
      done.state,
      effect('undo'),
      0,
      meta,
    ),
    { status: 'done' },
  )
  const lost = given.cancel().timeout('first')
  assert.deepEqual(
    await runStep(
      ran(() => 1),
      lost.state,
      effect('undo'),
      0,
      meta,
    ),
    { status: 'refused', code: 'no' },
  )
})

test('an effect for a step that this declaration does not have has failed', async () => {
  const { state } = sagaSpec(ran(() => 1)).start(OrderCreated(started))
  const result = await runStep(
    ran(() => 1),
    state,
    effect('do', 'second'),
    0,
    meta,
  )
  assert.ok(result.status === 'failed' && /no function for do second/.test(result.error))
})
