import { errorText } from '../../base/error-text.ts'
import type { Json } from '../../base/json.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { AnyCommand } from '../../design/definition.ts'
import { assertMessage, type CommandMessage } from '../../design/message.ts'
import { failureTimeoutMs } from '../../design/sagas/builder.ts'
import { failedStep, type ActiveStep, type AnySaga, type SagaStep } from '../../design/sagas/definition.ts'
import type { Course } from './course.ts'
import { scopeOf, stepNamed, undoScopeOf } from './scope.ts'
import type { SagaAction, SagaState } from './state.ts'

/** The key of everything that is asked of a step; the same for every attempt, in every process, for ever. */
export function keyOf(sagaId: string, step: string, action: 'do' | 'undo'): string {
  return `${sagaId}/${step}/${action}`
}

/** Asks for the next step: its undo is registered by the same event. */
export function requestStep(course: Course, step: SagaStep): void {
  const { saga, state, moment } = course
  guarded(course, step.name, step.kind === 'wait' ? 'wait' : 'do', () => {
    const execId = state.requests + 1
    if (step.kind === 'wait') {
      const value = String(step.correlate(scopeOf(saga, state, moment.nowMs)))
      const dueAtMs = moment.nowMs + step.withinMs
      course.emit({ type: 'WaitStarted', step: step.name, execId, event: step.event.type, value, dueAtMs })
      return
    }
    const { deadlineAtMs, giveUpAtMs } = limits(step, state, moment.nowMs)
    const asked = step.kind === 'call' ? encoded(step.command, step.with(scopeOf(saga, state, moment.nowMs))) : null
    course.emit({
      type: 'StepRequested',
      // As their text has them: members that are sorted already are written as they are.
      attemptDueAtMs: moment.nowMs + step.attemptTimeoutMs,
      command: asked?.type ?? null,
      data: asked?.data ?? null,
      deadlineAtMs,
      execId,
      giveUpAtMs,
      key: keyOf(state.sagaId, step.name, 'do'),
      step: step.name,
      undoable: step.undo !== undefined && step.undo.kind !== 'none',
    })
  })
}

/** Asks for the undo of a step that is done or whose outcome nobody knows. */
export function requestUndo(course: Course, name: string): void {
  const { saga, state, moment } = course
  const step = stepNamed(saga, name) as ActiveStep
  const { undo } = step
  guarded(course, name, 'undo', () => {
    const asked =
      undo?.kind === 'call' ? encoded(undo.command, undo.with(undoScopeOf(saga, state, step, moment.nowMs))) : null
    course.emit({
      type: 'UndoRequested',
      step: name,
      execId: state.requests + 1,
      key: keyOf(state.sagaId, name, 'undo'),
      undoes: keyOf(state.sagaId, name, 'do'),
      of: state.steps[name]!.outcome === 'done' ? 'done' : 'unknown',
      command: asked?.type ?? null,
      data: asked?.data ?? null,
      attemptDueAtMs: moment.nowMs + step.attemptTimeoutMs,
    })
  })
}

/** Asks for the command that records the failure. */
export function requestFailure(course: Course): void {
  const { saga, state, moment } = course
  guarded(course, failedStep, 'do', () => {
    const message = failureCommand(saga, state, moment.nowMs)
    course.emit({
      type: 'StepRequested',
      step: failedStep,
      execId: state.requests + 1,
      key: keyOf(state.sagaId, failedStep, 'do'),
      command: message.type,
      data: message.definition.encode(message.data) as Json,
      undoable: false,
      deadlineAtMs: null,
      giveUpAtMs: null,
      attemptDueAtMs: moment.nowMs + failureTimeoutMs,
    })
  })
}

/** The command that records the failure. Errors: EW_MESSAGE where the design makes another one; what it throws. */
export function failureCommand(saga: AnySaga, state: SagaState, nowMs: number): CommandMessage {
  const message = saga.recordFailure!(scopeOf(saga, state, nowMs), state.cause!)
  assertMessage(message, `.failed(…) of saga ${saga.name}`)
  if (message.kind !== 'command')
    throw failure('EW_MESSAGE', `.failed(…) of saga ${saga.name} answered the event ${message.type}.`)
  return message
}

/** How long one attempt lasts. */
export function attemptTimeoutMs(saga: AnySaga, step: string): number {
  const known = stepNamed(saga, step)
  return known === undefined || known.kind === 'wait' ? failureTimeoutMs : known.attemptTimeoutMs
}

/** Until when a participant may act, and when the engine stops asking: never a pivot whose outcome it does not know. */
function limits(
  step: ActiveStep,
  state: SagaState,
  nowMs: number,
): { readonly deadlineAtMs: number | null; readonly giveUpAtMs: number | null } {
  const own = step.deadlineMs === undefined ? null : nowMs + step.deadlineMs
  const times = [own, state.deadlineAtMs].filter((time) => time !== null)
  if (step.phase === 'after' || (step.phase === 'pivot' && step.kind === 'do') || times.length === 0) {
    return { deadlineAtMs: null, giveUpAtMs: null }
  }
  const unknowable = step.phase === 'pivot' && step.kind === 'call'
  return { deadlineAtMs: Math.min(...times), giveUpAtMs: unknowable ? null : own }
}

/**
 * What a function of the declaration throws here is a mistake in it: the instance waits until it is mended. Error:
 * EW_EVENT_NEWER, which is none: another release knows the data.
 */
function guarded(course: Course, step: string, action: SagaAction, ask: () => void): void {
  try {
    ask()
  } catch (error) {
    if (isEventwrightError(error, 'EW_EVENT_NEWER')) throw error
    const reason = `the declaration threw: ${errorText(error)}`
    course.emit({ type: 'SagaStuck', step, action, reason })
  }
}

function encoded(command: AnyCommand, data: unknown): { readonly type: string; readonly data: Json } {
  const make = command as unknown as (data: unknown) => CommandMessage
  return { type: command.type, data: command.encode(make(data).data) as Json }
}
