import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { command, event, t } from 'eventwright'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { saga } from '../../../src/design/sagas/saga.ts'
import { sagaCore } from '../../../src/runtime/sagas/core.ts'
import type { ReplyAddress, SagaEffect } from '../../../src/runtime/sagas/effects.ts'
import type { SagaEvent } from '../../../src/runtime/sagas/events.ts'
import type { OperatorAction, SagaInput, StepResult } from '../../../src/runtime/sagas/input.ts'
import { dueAtMs, type SagaState } from '../../../src/runtime/sagas/state.ts'
import { wrongEvent } from '../../../src/testing/exploration/rules.ts'
import { orderCreation, orderHandling, started } from './order.fixture.ts'

const Begun = event('Begun', { id: t.string() })
const Act = command('Act', { step: t.string() }).refuses('no')
const Undo = command('Undo', { step: t.string(), of: t.string() })
const Record = command('Record', { step: t.string(), reason: t.string() })

/** What becomes of a step: the number of failed attempts, and how the last one ends. */
interface Fate {
  readonly undo: boolean
  readonly failures: number
  readonly end: 'ok' | 'refuse' | 'unknown'
}

/** A saga and what becomes of its steps; `pivot` is the index of the pivot, the length where there is none. */
interface Script {
  readonly fates: readonly Fate[]
  readonly pivot: number
}

const attempts = 3

function sagaOf({ fates, pivot }: Script): AnySaga {
  let chain: any = saga('scripted', { startedBy: Begun, id: (e) => e.id })
  fates.forEach((fate, index) => {
    const step = `s${index}`
    const call = { call: Act, with: () => ({ step }), attemptTimeout: '1s' }
    if (index > pivot) chain = chain.finishCall(step, call)
    else if (index === pivot) chain = chain.pivotCall(step, call)
    else {
      const undo = { undoCall: Undo, undoWith: (s: { of: { status: string } }) => ({ step, of: s.of.status }) }
      const retry = { maxAttempts: attempts }
      chain = chain.call(step, { ...call, retry, ...(fate.undo ? undo : { noUndo: 'nothing to undo' }) })
    }
  })
  return chain.failed((_s: unknown, cause: { step: string; reason: string }) => Record({ ...cause })) as AnySaga
}

/** The model: what is asked for, in order, and how it ends. It knows nothing of events, replies or time. */
function predicted({ fates, pivot }: Script): { readonly asked: readonly string[]; readonly status: string } {
  const asked: string[] = []
  const owed: string[] = []
  for (const [index, { undo, failures, end }] of fates.entries()) {
    const givenUp = index < pivot && (end === 'unknown' || failures >= attempts)
    asked.push(...Array<string>(givenUp ? attempts : failures + 1).fill(`do s${index}`))
    if (undo && index < pivot && (givenUp || end !== 'refuse'))
      owed.push(`undo s${index} ${givenUp ? 'unknown' : 'done'}`)
    if (givenUp || end === 'refuse') return { asked: [...asked, ...owed.reverse(), 'do failed'], status: 'compensated' }
  }
  return { asked, status: 'completed' }
}

const script: fc.Arbitrary<Script> = fc
  .array(
    fc.record({
      undo: fc.boolean(),
      failures: fc.nat({ max: 4 }),
      end: fc.constantFrom('ok' as const, 'ok' as const, 'refuse' as const, 'unknown' as const),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .chain((fates) =>
    fc.nat({ max: fates.length }).map((pivot) => ({
      pivot,
      // The pivot is answered some day, and what follows it works some day.
      fates: fates.map((fate, index): Fate => {
        if (index > pivot) return { ...fate, end: 'ok' }
        return index === pivot && fate.end === 'unknown' ? { ...fate, end: 'ok' } : fate
      }),
    })),
  )

/** An instance with everything that it has been told and has asked for. */
class Instance {
  readonly saga: AnySaga
  readonly events: SagaEvent[] = []
  readonly told: SagaInput[] = []
  asks: Extract<SagaEffect, { kind: 'send' }>[] = []
  state: SagaState | undefined
  nowMs = 0

  constructor(declared: AnySaga) {
    this.saga = declared
  }

  tell(input: SagaInput, random = 0.5): readonly SagaEffect[] {
    const before = this.state
    const decision = sagaCore.decide(this.saga, before, input, { nowMs: this.nowMs, random })
    assert.deepEqual(sagaCore.decide(this.saga, before, input, { nowMs: this.nowMs, random }), decision)
    for (const one of decision.events) {
      if (this.state !== undefined) assert.equal(wrongEvent(this.saga, this.state, one), undefined)
      this.state = sagaCore.evolve(this.state, JSON.parse(JSON.stringify(one)) as SagaEvent)
      this.events.push(one)
    }
    this.told.push(input)
    if (this.state === undefined) return []
    const effects = sagaCore.effects(this.saga, before, decision.events, this.state)
    this.asks.push(...effects.filter((effect) => effect.kind === 'send'))
    return effects
  }

  /** The state is nothing but its events, and plain JSON. */
  check(): void {
    const folded = this.events.reduce<SagaState | undefined>((state, one) => sagaCore.evolve(state, one), undefined)
    assert.deepEqual(folded, this.state)
    assert.deepEqual(JSON.parse(JSON.stringify(this.state)), this.state)
  }
}

test('whatever becomes of its steps, and whatever noise there is, a saga does what the model predicts', () => {
  fc.assert(
    fc.property(script, fc.infiniteStream(fc.nat({ max: 9 })), (given, noise) => {
      const instance = new Instance(sagaOf(given))
      const failed = new Map<string, number>()
      instance.tell({ kind: 'started', sagaId: 'scripted/1', data: { id: '1' }, schemaVersion: 1 })
      for (let turn = 0; turn < 200 && instance.state!.closed === null; turn++) {
        disturb(instance, noise)
        const last = instance.asks.at(-1)!
        const result = isOpen(instance, last.reply) ? resultOf(given, last.reply, failed) : undefined
        if (result === undefined) passTime(instance)
        else instance.tell(replyTo(last.reply, result))
      }
      disturb(instance, noise)
      instance.check()
      const { asked, status } = predicted(given)
      assert.equal(instance.state!.status, status)
      assert.deepEqual(instance.asks.map(shown), asked)
      const keys = new Map(instance.asks.map((ask) => [ask.key, `${ask.reply.action} ${ask.reply.step}`]))
      assert.equal(keys.size, new Set(keys.values()).size, 'one key for each thing that is asked')
    }),
    { numRuns: 1_000 },
  )
})

function shown({ reply: { action, step }, data }: Extract<SagaEffect, { kind: 'send' }>): string {
  return action === 'undo' ? `undo ${step} ${(data as { of: string }).of}` : `do ${step}`
}

function resultOf({ fates, pivot }: Script, reply: ReplyAddress, failed: Map<string, number>): StepResult | undefined {
  if (reply.action === 'undo' || reply.step === 'failed') return { status: 'done' }
  const index = Number(reply.step.slice(1))
  const { failures, end } = fates[index]!
  const count = failed.get(reply.step) ?? 0
  if (count < failures) {
    failed.set(reply.step, count + 1)
    // Every other failure says nothing at all.
    return count % 2 === 0 ? { status: 'failed', error: 'try again' } : undefined
  }
  if (end === 'unknown' && index < pivot) return undefined
  return end === 'refuse' ? { status: 'refused', code: 'no' } : { status: 'done' }
}

function replyTo({ step, action, execId, attempt }: ReplyAddress, result: StepResult): SagaInput {
  return { kind: 'reply', step, action, execId, attempt, result }
}

function isOpen({ state }: Instance, { step, execId, attempt }: ReplyAddress): boolean {
  const request = state!.steps[step]?.request
  return request?.execId === execId && request.attempt === attempt && request.phase === 'inFlight'
}

/** Until something is due: an attempt times out, or a pause is over. */
function passTime(instance: Instance): void {
  instance.nowMs = Math.max(instance.nowMs, dueAtMs(instance.state!)!)
  instance.tell({ kind: 'due' })
}

/** Repeats, timers that are told too early, a new owner, a second start, answers of nobody: nothing may follow. */
function disturb(instance: Instance, noise: fc.Stream<number>): void {
  const before = instance.events.length
  const [kind = 0, which = 0] = [...noise.take(2)]
  // What is due would follow from any reminder, and a pause must not be skipped.
  const early = dueAtMs(instance.state!) === null || dueAtMs(instance.state!)! > instance.nowMs
  if (kind < 5) {
    const repeated = instance.told.filter((input) => input.kind !== 'due').at(-1 - which)
    if (repeated !== undefined) instance.tell(repeated)
  } else if (kind === 5 && early) instance.tell({ kind: 'due' })
  else if (kind === 6) instance.tell({ kind: 'restart' })
  else if (kind === 7) instance.tell({ kind: 'started', sagaId: 'scripted/1', data: { id: '1' }, schemaVersion: 1 })
  else if (kind === 8) {
    const address = { sagaId: 'scripted/1', step: 's0', action: 'do' as const, execId: 99, attempt: 1 }
    instance.tell(replyTo(address, { status: 'done' }))
  }
  assert.equal(instance.events.length, before)
}

const operatorAction: fc.Arbitrary<OperatorAction> = fc.oneof(
  fc.constant({ kind: 'resume' as const }),
  fc.constant({ kind: 'terminate' as const }),
  fc.constantFrom('hold', 'process-payment', 'failed', 'nobody').map((step) => ({ kind: 'retry' as const, step })),
  fc.constantFrom('hold', 'process-payment', 'constructor').map((step) => ({ kind: 'mark-undone' as const, step })),
  fc.constantFrom('ship', 'confirm-order', 'failed', 'hold').map((step) => ({ kind: 'skip' as const, step })),
)

test('no schedule of inputs makes an instance break its rules, throw, or be more than its events', () => {
  const anything = fc.record({
    kind: fc.constantFrom('open', 'open', 'open', 'any', 'due', 'late', 'signal', 'cancel', 'operator', 'restart'),
    result: fc.constantFrom<StepResult>(
      { status: 'done', output: { reservationId: 'r', paymentId: 'p', price: '1', hold: 'h', by: 'kim' } },
      { status: 'done', output: { reservationId: 'r', paymentId: 'p', price: '1', hold: 'h', by: 'kim' } },
      { status: 'refused', code: 'out_of_stock' },
      { status: 'refused', code: 'stock_taking' },
      { status: 'failed', error: 'no' },
    ),
    spanMs: fc.constantFrom(1, 1_000, 60_000, 3_600_000, 86_400_000),
    execId: fc.nat({ max: 8 }),
    attempt: fc.integer({ min: 1, max: 3 }),
    action: operatorAction,
    random: fc.constantFrom(0, 0.5, 0.999),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(orderCreation, orderHandling),
      fc.array(anything, { maxLength: 40 }),
      (declared, steps) => {
        const instance = new Instance(declared)
        instance.tell({ kind: 'started', sagaId: `${declared.name}/7`, data: started, schemaVersion: 1 })
        for (const step of steps) {
          const input = inputOf(instance, step)
          const closed = instance.state!.closed
          instance.tell(input, step.random)
          if (closed !== null && instance.state!.closed === null)
            assert.equal(input.kind, 'reply', 'only a late answer opens')
          const due = dueAtMs(instance.state!)
          assert.ok(input.kind !== 'due' || due === null || due > instance.nowMs, 'nothing that is due is left over')
        }
        instance.check()
      },
    ),
    { numRuns: 4_000 },
  )

  function inputOf(instance: Instance, given: Step): SagaInput {
    const { kind, result, execId, attempt, spanMs, action } = given
    const state = instance.state!
    const open = Object.entries(state.steps).find(([, { request }]) => request !== null)
    const names = Object.keys(state.steps)
    const who = { who: 'kim', why: 'to see' }
    switch (kind) {
      case 'open': {
        const request = open?.[1].request
        if (open === undefined || request === undefined || request === null || request.action === 'wait') break
        return replyTo(
          { sagaId: '', step: open[0], action: request.action, execId: request.execId, attempt: request.attempt },
          result,
        )
      }
      case 'any':
        return replyTo({ sagaId: '', step: names[execId % names.length] ?? 'x', action: 'do', execId, attempt }, result)
      case 'late':
        instance.nowMs += spanMs
        break
      case 'signal':
        return {
          kind: 'signal',
          step: 'approval',
          value: '7',
          eventId: '1',
          data: { orderId: '7', by: 'kim' },
          schemaVersion: 1,
        }
      case 'cancel':
        return { kind: 'cancel', ...who }
      case 'operator':
        return { kind: 'operator', ...who, action }
      case 'restart':
        return { kind: 'restart' }
    }
    instance.nowMs = Math.max(instance.nowMs, dueAtMs(state) ?? 0)
    return { kind: 'due' }
  }
})

interface Step {
  readonly kind: string
  readonly result: StepResult
  readonly spanMs: number
  readonly execId: number
  readonly attempt: number
  readonly action: OperatorAction
}

test('an instance of a version that this process lacks is left alone', () => {
  const instance = new Instance(orderCreation)
  instance.tell({ kind: 'started', sagaId: 'order-creation/7', data: started, schemaVersion: 1 })
  const newer = { ...orderCreation, version: 2 }
  for (const input of [{ kind: 'due' }, { kind: 'restart' }, { kind: 'cancel', who: 'kim', why: '' }] as const) {
    const moment = { nowMs: 1e12, random: 0 }
    const decision = sagaCore.decide(newer, instance.state, input, moment)
    assert.deepEqual(decision.events, [])
    assert.equal(decision.answer, 'kept', 'another process will know')
    assert.match(decision.why!, /needs version 1/)
  }
  const again = { kind: 'started', sagaId: 'order-creation/7', data: started, schemaVersion: 1 } as const
  assert.equal(sagaCore.decide(newer, instance.state, again, { nowMs: 1e12, random: 0 }).answer, 'ignored')
  const closed: SagaState = { ...instance.state!, closed: 'completed' }
  assert.equal(sagaCore.decide(newer, closed, { kind: 'restart' }, { nowMs: 1e12, random: 0 }).answer, 'ignored')
})

test('data of a release that this process is behind is left for one that knows it', () => {
  const start = { kind: 'started', sagaId: 'order-creation/7', data: started, schemaVersion: 2 } as const
  const decision = sagaCore.decide(orderCreation, undefined, start, { nowMs: 0, random: 0 })
  assert.deepEqual([decision.answer, decision.events], ['kept', []])
  assert.match(decision.why!, /schema version 2/)
})
