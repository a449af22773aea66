import { errorText } from '../../base/error-text.ts'
import type { StepReply, SagaInput, StepResult } from '../sagas/input.ts'
import {
  effects,
  standingEffects,
  type ReplyAddress,
  type RunEffect,
  type SagaEffect,
  type SendEffect,
} from '../sagas/effects.ts'
import { sagaCore } from '../sagas/core.ts'
import type { SagaEvent } from '../sagas/events.ts'
import { runStep } from '../sagas/run.ts'
import { dueAtMs, openStep, type SagaState } from '../sagas/state.ts'
import type { SagaMailRow } from '../../ports/sagas.ts'
import type { Origin } from '../log/event-encoding.ts'
import { handlerText } from '../parking/handler-text.ts'
import { awaitAddress, mailBody, type MailBodies } from './mail.ts'
import type { HandleContext } from '../../design/handle.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { Ahead, Core, Performed, Read, RunnerEffect } from './core.ts'
import { personalTexts } from '../telemetry/personal-texts.ts'
import { tracedStep } from '../telemetry/saga-spans.ts'
import { attemptSignal } from './attempt-signal.ts'
import type { SagaRunnerOptions } from './options.ts'

/** Sagas as instances of a runner. */
export function sagaInstances(options: SagaRunnerOptions): Core<SagaState, SagaInput> {
  const { saga } = options
  return {
    name: saga.name,
    version: saga.version,
    handlers: handlerText.saga(saga),
    due: { kind: 'due' },
    restart: { kind: 'restart' },
    decide(before, input, moment) {
      const { events, ...decision } = sagaCore.decide(saga, before, input, moment)
      if (events.length === 0) return { ...decision, events, state: before, effects: [] }
      const state = events.reduce<SagaState | undefined>(sagaCore.evolve, before)!
      return { ...decision, events, state, effects: effects(saga, before, events, state).filter(isNotDue) }
    },
    summary: (state) => ({
      definitionVersion: state.version,
      status: state.status,
      closed: state.closed !== null,
      dueAtMs: dueAtMs(state),
    }),
    waitsAt(state) {
      const wait = standingEffects(saga, state).find((effect) => effect.kind === 'await')
      return wait === undefined ? undefined : awaitAddress(wait.step, wait.value)
    },
    asked(state) {
      const again = askedAgain(state)
      return again && effects(saga, state, [again], state).find((effect) => effect.kind === 'send')
    },
    read,
    perform(effect, state, from, signal, ahead) {
      const done = (origin: Origin): Promise<Performed<SagaInput>> =>
        effect.kind === 'run'
          ? call(options, effect, state, origin, signal, ahead)
          : ask(options, effect, origin, signal)
      if (options.telemetry === undefined) return done(from)
      return tracedStep(options.telemetry, saga.name, effect, from, async (origin, tell) => {
        const performed = await done(origin)
        if (performed.input.kind === 'reply') tell(performed.input.result.status)
        return performed
      })
    },
    personal: (state, told) => [
      ...personalTexts(saga.startedBy.pii, state?.input),
      ...told.flatMap((input) => personalIn(saga, input)),
    ],
    alert(alert, origin) {
      try {
        options.alert(alert, origin)
      } catch (error) {
        options.log.error('an alert was not taken', { ...alert, error })
      }
    },
  }
}

function isNotDue(effect: SagaEffect): effect is Exclude<SagaEffect, { readonly kind: 'due' }> & RunnerEffect {
  return effect.kind !== 'due'
}

function personalIn(saga: AnySaga, input: SagaInput): readonly string[] {
  if (input.kind === 'started') return personalTexts(saga.startedBy.pii, input.data)
  if (input.kind !== 'signal') return []
  const step = saga.steps.find((each) => each.name === input.step)
  return step?.kind === 'wait' ? personalTexts(step.event.pii, input.data) : []
}

/** What the attempt that is in flight was begun with. */
function askedAgain(state: SagaState): SagaEvent | undefined {
  const open = openStep(state)
  if (open === undefined || open.request.phase !== 'inFlight' || open.request.command === null) return undefined
  const { action, execId, attempt, dueAtMs: attemptDueAtMs } = open.request
  const type = action === 'undo' ? 'UndoRetried' : 'StepRetried'
  return { type, step: open.step, execId, attempt, attemptDueAtMs: attemptDueAtMs! }
}

function read(mail: SagaMailRow): Read<SagaInput> | undefined {
  const as = <K extends keyof MailBodies>(kind: K): MailBodies[K] => mailBody({ ...mail, kind })
  switch (mail.kind) {
    case 'started': {
      const { origin, ...data } = as('started')
      return { input: { kind: 'started', sagaId: mail.address, ...data }, awaited: false, begins: true, origin }
    }
    case 'awaited': {
      const { trace, ...signal } = as('awaited')
      return { input: { kind: 'signal', ...signal }, awaited: true, ...(trace && { cause: trace }) }
    }
    case 'reply': {
      const { trace, ...reply } = as('reply')
      return { input: { kind: 'reply', ...reply }, awaited: false, ...(trace && { cause: trace }) }
    }
    case 'cancel':
      return { input: { kind: 'cancel', ...as('cancel') }, awaited: false }
    case 'operator':
      return { input: { kind: 'operator', ...as('operator') }, awaited: false }
    default:
      return undefined
  }
}

async function call(
  { saga, clock, store, record }: SagaRunnerOptions,
  effect: RunEffect,
  state: SagaState,
  origin: Origin,
  signal: AbortSignal,
  ahead: Ahead | undefined,
): Promise<Performed<SagaInput>> {
  try {
    const nowMs = ahead?.nowMs ?? (await store.now())
    const attempt = attemptSignal(clock, effect.dueAtMs - nowMs, signal)
    try {
      const work = effect.local ? record(effect, origin, attempt) : undefined
      const { step, attempt: number } = effect.reply
      if (work !== undefined && ahead !== undefined) readLater(work.context, ahead)
      const context = work?.context ?? { step, attempt: number, key: effect.key, signal: attempt.signal }
      const result = await runStep(saga, state, effect, nowMs, context)
      return performed(effect.reply, result, result.status === 'done' ? work : undefined)
    } finally {
      attempt.end()
    }
  } catch (error) {
    return performed(effect.reply, failed(error))
  }
}

/** What it reads must see what the steps before it have recorded. */
function readLater(context: HandleContext, ahead: Ahead): void {
  const reading = context as unknown as Reading
  const { load, tx } = reading
  const later =
    (read: (...given: unknown[]) => unknown) =>
    async (...given: unknown[]): Promise<unknown> => {
      await ahead.stored()
      return read(...given)
    }
  reading.load = later(load)
  tx.query = later(tx.query)
}

/** Everything of a context that reads. */
interface Reading {
  load: (...given: unknown[]) => unknown
  readonly tx: { query: (...given: unknown[]) => unknown }
}

async function ask(
  { execute }: SagaRunnerOptions,
  effect: SendEffect,
  origin: Origin,
  signal: AbortSignal,
): Promise<Performed<SagaInput>> {
  try {
    return performed(effect.reply, await execute(effect, origin, signal))
  } catch (error) {
    return performed(effect.reply, failed(error))
  }
}

function performed(
  address: ReplyAddress,
  result: StepResult,
  work?: Performed<SagaInput>['work'],
): Performed<SagaInput> {
  const { sagaId: _sagaId, ...rest } = address
  const reply = (of: StepResult): StepReply => ({ kind: 'reply', ...rest, result: of })
  const failedReply = (error: string): StepReply => reply({ status: 'failed', error })
  return { input: reply(result), ...(work !== undefined && { work }), failed: failedReply }
}

function failed(error: unknown): StepResult {
  return { status: 'failed', error: errorText(error) }
}
