import { parseTimestamp } from '../base/timestamp.ts'
import { durationMs, type Duration } from '../base/duration.ts'
import { failure } from '../base/errors.ts'
import { canonicalJson, type Json } from '../base/json.ts'
import { assertMessage, type CommandMessage, type EventMessage } from '../design/message.ts'
import { failedStep, type AnySaga, type SagaDef } from '../design/sagas/definition.ts'
import type { FailureCause } from '../design/sagas/scope.ts'
import { sagaCore } from '../runtime/sagas/core.ts'
import type { ReplyAddress, SagaEffect } from '../runtime/sagas/effects.ts'
import type { OperatorAction, SagaInput, StepResult } from '../runtime/sagas/input.ts'
import { scopeOf, stepNamed } from '../runtime/sagas/scope.ts'
import { dueAtMs, stepState, type SagaState, type SagaStatus } from '../runtime/sagas/state.ts'
import { differs, shownMessage, shownValue } from './difference.ts'
import { givenTime } from './given-meta.ts'
import { storedOutput } from './saga-output.ts'
import { shownInput, shownSagaEvent } from '../runtime/sagas/timeline.ts'

/** What a saga is expected to ask for: commands, functions of steps, waits; and where it then stands. */
export type Asked<K extends string> = CommandMessage | `do ${K}` | `undo ${K}` | `wait ${K}` | SagaStatus

/** Outputs of steps that have none are left out. */
type OutputOf<O> = [O] extends [undefined] ? [] : [O] extends [void] ? [] : [output: O]

/** A test of a saga; it begins with the event that starts it. */
export interface SagaSpec<S extends string, D> {
  /** The business time of the event is the time of the test; left out, it is 2026-01-01T00:00:00Z. */
  start(event: EventMessage<S>): SagaGiven<D>
}

/**
 * A saga under way, in virtual time: nothing runs and nothing is sent, the test says what every step comes to.
 * Retries pause for their full time. Each method answers a new test; errors of the test itself are EW_DESIGN.
 */
export interface SagaGiven<D> {
  /** The step is answered. */
  reply<K extends keyof D & string>(step: K, ...output: OutputOf<D[K]>): SagaGiven<D>
  /** The step, or the command that records the failure, is refused. */
  refuse(step: (keyof D & string) | 'failed', code: string): SagaGiven<D>
  /** The attempt that is under way fails without saying what became of it. */
  fail(step: (keyof D & string) | 'failed', error?: string): SagaGiven<D>
  /** No answer comes: the time moves on until the attempt is over. */
  timeout(step: keyof D & string): SagaGiven<D>
  /** The undo of the step is answered. */
  undone(step: keyof D & string): SagaGiven<D>
  /** The undo of the step is refused. */
  refuseUndo(step: keyof D & string, code: string): SagaGiven<D>
  /** The attempt at undoing the step fails. */
  failUndo(step: keyof D & string, error?: string): SagaGiven<D>
  /** The command that records the failure is answered. */
  recorded(): SagaGiven<D>
  /** The event that the step waits for comes; before the wait it is kept. */
  signal(step: keyof D & string, event: EventMessage): SagaGiven<D>
  /** A step that was given up turns out to be done. */
  late<K extends keyof D & string>(step: K, ...output: OutputOf<D[K]>): SagaGiven<D>
  /** The last message comes once more. */
  again(): SagaGiven<D>
  /** The time moves on, and what is due happens; without a time, until something is due. */
  advance(time?: Duration): SagaGiven<D>
  /** The process dies and another takes over. */
  crash(): SagaGiven<D>
  cancel(why?: string): SagaGiven<D>
  /** An operator acts; `expectRefused` when he may not. */
  operate(action: OperatorAction): SagaGiven<D>
  /** Everything that was asked for since the last expectation, in order, and where the saga stands. */
  expect(...asked: readonly Asked<keyof D & string>[]): SagaGiven<D>
  /** Why the saga is compensated. */
  expectCause(cause: FailureCause): SagaGiven<D>
  /** The last message was refused, for a reason that matches. */
  expectRefused(why: RegExp): SagaGiven<D>
  /** What the functions of the saga see now. */
  readonly outputs: Partial<D>
  readonly state: SagaState
  /** Everything that has happened, one line each. */
  readonly timeline: string
}

/**
 * Describes what a saga does, without a store, participants or time. Everything goes through stored forms and schemas
 * as it does in the runtime.
 *
 * `sagaSpec(OrderCreation).start(OrderCreated({ … })).reply('reserve', { … }).refuse('pay',
 * 'declined').expect(Release({ … }))`
 */
export function sagaSpec<S extends string, D>(saga: SagaDef<string, S, D>): SagaSpec<S, D> {
  return { start: (event) => started(saga, event) as unknown as SagaGiven<D> }
}

/** One moment of a test. */
interface Scene {
  readonly saga: AnySaga
  readonly state: SagaState | undefined
  readonly nowMs: number
  readonly startMs: number
  /** Asked for since the last expectation. */
  readonly asked: readonly string[]
  readonly addresses: { readonly [request: string]: ReplyAddress }
  readonly kept: readonly SagaInput[]
  readonly last: SagaInput | undefined
  readonly refused: string | undefined
  readonly lines: readonly string[]
}

function started(saga: AnySaga, event: EventMessage): SagaGiven<any> {
  assertMessage(event, `start of saga ${saga.name}`)
  if (event.type !== saga.startedBy.type) {
    throw failure('EW_DESIGN', `The saga ${saga.name} is started by ${saga.startedBy.type}, not by ${event.type}.`)
  }
  const startMs = Date.parse(parseTimestamp(event.occurredAt ?? givenTime) ?? givenTime)
  const data = JSON.parse(event.definition.text(event.data)) as Json
  const today = saga.startedBy.decode(event.schemaVersion, data)
  const sagaId = `${saga.name}/${saga.id(today)}`
  const empty: Scene = {
    saga,
    state: undefined,
    nowMs: startMs,
    startMs,
    asked: [],
    addresses: {},
    kept: [],
    last: undefined,
    refused: undefined,
    lines: [],
  }
  return given(told(empty, { kind: 'started', sagaId, data, schemaVersion: event.schemaVersion }))
}

/** The scene after an input: what the rules decide is stored, and what follows is noted. */
function told(scene: Scene, input: SagaInput): Scene {
  const { saga, state, nowMs } = scene
  const { events, answer, why } = sagaCore.decide(saga, state, input, { nowMs, random: 1 })
  const stored = JSON.parse(JSON.stringify(events)) as typeof events
  const after = stored.reduce<SagaState | undefined>((before, event) => sagaCore.evolve(before, event), state)
  const time = `${String((nowMs - scene.startMs) / 1_000).padStart(8)} s`
  const lines = [
    `${time}  ${shownInput(input)}${answer === 'recorded' ? '' : ` (${answer}${why === undefined ? '' : `: ${why}`})`}`,
    ...stored.map((event) => `${' '.repeat(12)}${shownSagaEvent(event)}`),
  ]
  const next: Scene = {
    ...scene,
    state: after,
    kept: answer === 'kept' ? [...scene.kept, input] : scene.kept,
    last: input.kind === 'due' ? scene.last : input,
    refused: answer === 'refused' ? why : undefined,
    lines: [...scene.lines, ...lines],
  }
  if (after === undefined) return next
  const followed = sagaCore.effects(saga, state, stored, after).reduce(noted, next)
  const early = followed.kept.find((each) => each.kind === 'signal' && isAwaited(followed.state!, each))
  if (early === undefined) return followed
  return told({ ...followed, kept: followed.kept.filter((each) => each !== early) }, early)
}

function noted(scene: Scene, effect: SagaEffect): Scene {
  switch (effect.kind) {
    case 'send': {
      const text = shownMessage({ type: effect.command, data: effect.data })
      return addressed({ ...scene, asked: [...scene.asked, text] }, effect.reply)
    }
    case 'run': {
      const text = `${effect.reply.action} ${effect.reply.step}`
      return addressed({ ...scene, asked: [...scene.asked, text] }, effect.reply)
    }
    case 'await':
      return { ...scene, asked: [...scene.asked, `wait ${effect.step}`] }
    default:
      return scene
  }
}

function addressed(scene: Scene, reply: ReplyAddress): Scene {
  return { ...scene, addresses: { ...scene.addresses, [`${reply.action} ${reply.step}`]: reply } }
}

function isAwaited(state: SagaState, input: SagaInput): boolean {
  return input.kind === 'signal' && stepState(state, input.step)?.request?.action === 'wait'
}

function given(scene: Scene): SagaGiven<any> {
  const { saga } = scene
  const state = scene.state!
  const answer = (step: string, action: 'do' | 'undo', result: StepResult, late = false): SagaGiven<any> =>
    given(told(scene, { kind: 'reply', ...addressOf(scene, step, action, late), result }))
  const done = (step: string, output: unknown): StepResult => {
    const stored = storedOutput(saga, step, output)
    return { status: 'done', ...(stored !== undefined && { output: stored }) }
  }
  const self: SagaGiven<any> = {
    reply: (step: string, ...output: unknown[]) => answer(step, 'do', done(step, output[0])),
    refuse: (step, code) => answer(step, 'do', { status: 'refused', code }),
    fail: (step, error = 'it failed') => answer(step, 'do', { status: 'failed', error }),
    timeout: (step) => given(timedOut(scene, step)),
    undone: (step) => answer(step, 'undo', { status: 'done' }),
    refuseUndo: (step, code) => answer(step, 'undo', { status: 'refused', code }),
    failUndo: (step, error = 'it failed') => answer(step, 'undo', { status: 'failed', error }),
    recorded: () => answer(failedStep, 'do', { status: 'done' }),
    signal: (step, event) => given(told(scene, signalOf(saga, step, event))),
    late: (step: string, ...output: unknown[]) => answer(step, 'do', done(step, output[0]), true),
    again: () => given(scene.last === undefined ? scene : told(scene, scene.last)),
    advance: (time) => {
      const nextMs = dueAtMs(state) ?? scene.nowMs
      return given(moved(scene, time === undefined ? nextMs : scene.nowMs + durationMs(time)))
    },
    crash: () => given(told(scene, { kind: 'restart' })),
    cancel: (why = 'the test says so') => given(told(scene, { kind: 'cancel', who: 'tester', why })),
    operate: (action) => given(told(scene, { kind: 'operator', who: 'tester', why: 'the test says so', action })),
    expect(...wanted) {
      const statuses = wanted.filter((each) => typeof each === 'string' && !each.includes(' ')) as SagaStatus[]
      const expected = wanted.filter((each) => !statuses.includes(each as SagaStatus)).map(shownAsked)
      const came = [...scene.asked, ...statuses.map(() => state.status)]
      const same = canonicalJson([...expected, ...statuses]) === canonicalJson(came)
      if (same) return given({ ...scene, asked: [] })
      const what = `The saga ${saga.name} asked for something else.`
      throw differs({ what, expected: [...expected, ...statuses], came, context: scene.lines }, self.expect)
    },
    expectCause(cause) {
      if (state.cause?.step === cause.step && state.cause.reason === cause.reason) return self
      const shown = { expected: [shownValue(cause)], came: [shownValue(state.cause)] }
      const what = `The saga ${saga.name} has another cause.`
      throw differs({ what, ...shown, context: scene.lines }, self.expectCause)
    },
    expectRefused(why) {
      if (scene.refused !== undefined && why.test(scene.refused)) return self
      const shown = { expected: [String(why)], came: [scene.refused ?? 'it was not refused'] }
      const what = `The saga ${saga.name} did not refuse the last message as expected.`
      throw differs({ what, ...shown, context: scene.lines }, self.expectRefused)
    },
    get outputs() {
      return scopeOf(saga, state, scene.nowMs).steps
    },
    state,
    timeline: scene.lines.join('\n'),
  }
  return self
}

function addressOf(scene: Scene, step: string, action: 'do' | 'undo', late: boolean): ReplyAddress {
  const address = scene.addresses[`${action} ${step}`]
  const open = stepState(scene.state!, step)?.request
  if (address !== undefined && (late || open?.execId === address.execId)) return address
  throw failure(
    'EW_DESIGN',
    `The saga ${scene.saga.name} waits for no answer to "${action} ${step}" now.\n${scene.lines.join('\n')}\n`,
  )
}

function timedOut(scene: Scene, step: string): Scene {
  const request = stepState(scene.state!, step)?.request
  if (request?.phase === 'inFlight' && request.dueAtMs !== null) return moved(scene, request.dueAtMs)
  throw failure('EW_DESIGN', `No attempt of the step ${step} is under way that could time out.`)
}

function moved(scene: Scene, untilMs: number): Scene {
  const atMs = dueAtMs(scene.state!)
  if (atMs === null || atMs > untilMs) return { ...scene, nowMs: untilMs }
  return moved(told({ ...scene, nowMs: Math.max(atMs, scene.nowMs) }, { kind: 'due' }), untilMs)
}

function signalOf(saga: AnySaga, step: string, event: EventMessage): SagaInput {
  assertMessage(event, `signal of saga ${saga.name}`)
  const wait = stepNamed(saga, step)
  if (wait?.kind !== 'wait' || wait.event.type !== event.type) {
    throw failure('EW_DESIGN', `The step ${step} of saga ${saga.name} does not wait for ${event.type}.`)
  }
  const data = JSON.parse(event.definition.text(event.data)) as Json
  const value = wait.by(wait.event.decode(event.schemaVersion, data))
  const { schemaVersion } = event
  return { kind: 'signal', step, value, eventId: `${event.type}-${canonicalJson(data)}`, data, schemaVersion }
}

function shownAsked(asked: Asked<string>): string {
  if (typeof asked === 'string') return asked
  assertMessage(asked, 'expect of a saga')
  return shownMessage({ type: asked.type, data: asked.definition.encode(asked.data) })
}
