import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saga } from '../../src/design/sagas/saga.ts'
import { sagaCore, sagaCoreWith, type SagaCore } from '../../src/runtime/sagas/core.ts'
import { evolve } from '../../src/runtime/sagas/evolve.ts'
import type { Evolve } from '../../src/runtime/sagas/course.ts'
import type { SagaState } from '../../src/runtime/sagas/state.ts'
import { explore, exploreBroken, type Breakage } from '../../src/testing/saga-explore.ts'
import { ConfirmOrder, OrderCreated, OrderCreation, OrderHandling, started } from '../runtime/sagas/order.fixture.ts'

const input = OrderCreated(started)
const outputs = { quote: { price: '1' }, hold: { hold: 'h' }, note: { noted: true }, decide: { by: 'kim' } }

test('a saga of three steps comes through everything that can happen to it, in seconds', (t) => {
  const before = process.cpuUsage()
  const explored = explore(OrderCreation, { input })
  // What others do on the same machine is no matter.
  const tookMs = process.cpuUsage(before).user / 1_000
  t.diagnostic(`${explored.summary} (${Math.round(tookMs)} ms)`)
  assert.ok(tookMs < 10_000, `it took ${tookMs} ms`)
  assert.ok(explored.combinations > 1_000_000 && Number.isFinite(explored.combinations))
  assert.deepEqual(Object.keys(explored.ends).sort(), ['compensated', 'completed', 'stuck'])
  for (const step of ['reserve-inventory', 'process-payment']) {
    for (const what of [
      'answers',
      'fails once',
      'always fails',
      'misses the first request',
      'never hears of it',
      'hears of it after it was given up',
      'acts and never answers',
      'acts, its first answer is lost',
      'acts, answers after it was given up',
      'refuses with undone',
      'refuses with expired',
    ]) {
      assert.ok(explored.tried.has(`do ${step}: the participant ${what}`), `${step}: ${what}`)
    }
    assert.ok(explored.tried.has(`do ${step}: the answer comes, and will come again: done`), step)
  }
  assert.ok(explored.tried.has('do reserve-inventory: the participant refuses with stock_taking'))
  assert.ok(explored.tried.has('the deadline of the saga passes') && explored.tried.has('somebody cancels'))
})

test('a saga with a step of every kind comes through pairs of disturbances', (t) => {
  const explored = explore(OrderHandling, { input, outputs, faults: 2 })
  t.diagnostic(explored.summary)
  assert.ok(explored.tried.has('the process dies, another takes over'))
  assert.ok(explored.tried.has('wait approval: the event never comes'))
  assert.ok(explored.tried.has('do hold: the participant refuses when asked again, then acts on the first request'))
})

/** The exploration must fail, and its shortest course must end as `wrong` says. */
function finds(broken: Breakage, wrong: RegExp, options: { faults?: number } = {}): string {
  let message = ''
  assert.throws(
    () => exploreBroken(OrderCreation, { input, ...options }, broken),
    (error: Error) => {
      message = error.message
      return wrong.test(message)
    },
  )
  return message
}

test('an undo that is registered only after success is found out', () => {
  const late: Evolve = (state, event) => {
    const after = evolve(state, event)
    if (event.type === 'StepRequested') return withUndo(after, event.step, 'none')
    return event.type === 'StepSucceeded' ? withUndo(after, event.step, 'registered') : after
  }
  finds({ core: sagaCoreWith(late) }, /compensated, and the effect of [a-z-]+ remains/)
})

function withUndo(state: SagaState, step: string, undo: 'none' | 'registered'): SagaState {
  return { ...state, steps: { ...state.steps, [step]: { ...state.steps[step]!, undo } } }
}

test('requests that leave before they are registered are found out', () => {
  finds({ sendsEarly: true }, /compensated, and the effect of process-payment remains/, { faults: 2 })
})

test('a participant without tombstones is found out, and the course is shown', () => {
  const message = finds({ tombstones: false }, /compensated, and the effect of [a-z-]+ remains/)
  assert.match(message, /hears of it after it was given up/)
  assert.match(message, /UndoRequested [a-z-]+ \(of unknown\)/)
  assert.match(message, /^ +\d+(\.\d+)? s {2}/m)
})

test('attempts whose count is lost are found out', () => {
  const forgetting: Evolve = (state, event) =>
    event.type === 'StepRetried' ? evolve(state, { ...event, attempt: 1 }) : evolve(state, event)
  finds({ core: sagaCoreWith(forgetting) }, /is attempted 3 times, and 2 are declared/)
})

test('answers that are not told from their repeats are found out', () => {
  finds({ core: repeating }, /is recorded twice|is asked for twice/)
})

/** Takes an answer to a step that is done for a first one. */
const repeating: SagaCore = {
  ...sagaCore,
  decide(declared, state, message, moment) {
    const known = state !== undefined && message.kind === 'reply' ? state.steps[message.step] : undefined
    if (state === undefined || message.kind !== 'reply' || known === undefined || known.outcome !== 'done') {
      return sagaCore.decide(declared, state, message, moment)
    }
    const { action, execId, attempt } = message
    const request = {
      action,
      execId,
      key: '',
      attempt,
      forgiven: 0,
      command: null,
      data: null,
      deadlineAtMs: null,
      giveUpAtMs: null,
    }
    const reopened = { ...known, request: { ...request, phase: 'inFlight' as const, dueAtMs: moment.nowMs + 1 } }
    return sagaCore.decide(declared, { ...state, steps: { [message.step]: reopened } }, message, moment)
  },
}

test('an unknown outcome that is taken for a failure is found out', () => {
  const assuming: Evolve = (state, event) =>
    event.type === 'StepOutcomeUnknown'
      ? evolve(state, { type: 'StepRejected', step: event.step, execId: event.execId, code: event.reason })
      : evolve(state, event)
  finds({ core: sagaCoreWith(assuming) }, /compensated, and the effect of [a-z-]+ remains/)
})

test('a step whose function throws before it asks for anything is reported with what it threw', () => {
  const Throwing = saga('throwing', { startedBy: OrderCreated, id: (e) => e.orderId }).finishCall('confirm', {
    call: ConfirmOrder,
    with: () => {
      throw new Error('not today')
    },
  })
  assert.throws(() => explore(Throwing, { input }), /at do confirm the declaration threw: not today/)
})

test('an exploration that grows beyond its limit says so', () => {
  assert.throws(() => explore(OrderCreation, { input, maxWorlds: 100 }), /more than 100 worlds/)
})
