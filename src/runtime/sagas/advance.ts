import { failedStep, type AnySaga } from '../../design/sagas/definition.ts'
import type { Course } from './course.ts'
import { requestFailure, requestStep, requestUndo } from './requests.ts'
import { stepNamed } from './scope.ts'
import { openStep, stepState, type SagaState } from './state.ts'

/** Goes on from where the instance stands, until something has been asked for or nothing is left. */
export function advance(course: Course): void {
  const { state } = course
  if (state.closed !== null || state.stuck !== null || openStep(state) !== undefined) return
  if (state.cause === null) forward(course)
  else backward(course)
}

/** Whether there is no way back any more: the pivot, or a step after it, was asked for. */
export function pivotAsked(saga: AnySaga, state: SagaState): boolean {
  return state.order.some((name) => {
    const phase = stepNamed(saga, name)?.phase
    return phase !== undefined && phase !== 'before'
  })
}

/** Turns back; nothing that is still open may be left behind. */
export function compensate(course: Course, step: string, reason: string): void {
  course.emit({ type: 'CompensationStarted', cause: { step, reason } })
  advance(course)
}

function forward(course: Course): void {
  const { saga, state, moment } = course
  const last = state.order.at(-1) ?? ''
  if (state.cancelled !== null) return compensate(course, last, 'cancelled')
  // An answer may be read after the deadline and before the timer says so.
  const expired = state.deadlineAtMs !== null && state.deadlineAtMs <= moment.nowMs
  if (expired && !pivotAsked(saga, state)) return compensate(course, last, 'deadline')
  const next = saga.steps.find(({ name }) => {
    const outcome = stepState(state, name)?.outcome
    return outcome === undefined || outcome === 'open'
  })
  if (next === undefined) course.emit({ type: 'SagaCompleted' })
  else requestStep(course, next)
}

function backward(course: Course): void {
  const { saga, state } = course
  const step = state.order.findLast((name) => {
    const { outcome, undo } = state.steps[name]!
    return undo === 'registered' && (outcome === 'done' || outcome === 'unknown')
  })
  if (step !== undefined) return requestUndo(course, step)
  const recorded = saga.recordFailure === undefined || stepState(state, failedStep)?.outcome === 'done'
  if (recorded) course.emit({ type: 'SagaCompensated' })
  else requestFailure(course)
}
