import { backoffMs } from '../../base/backoff.ts'
import { failureRetry } from '../../design/sagas/builder.ts'
import { failedStep, type RetryPlan } from '../../design/sagas/definition.ts'
import { compensate } from './advance.ts'
import type { Course } from './course.ts'
import type { AttemptError } from './events.ts'
import { expiredRefusal, undoneRefusal } from './input.ts'
import { attemptTimeoutMs } from './requests.ts'
import { stepNamed } from './scope.ts'
import type { Request } from './state.ts'

/** The share of a pause that is left to chance. */
const jitter = 0.5

/** One attempt has come to nothing: the next one is arranged, or what the last one means is decided. */
export function attemptFailed(course: Course, step: string, request: Request, error: AttemptError): void {
  const { state, moment } = course
  const plan = retryPlan(course, step, request.action)
  const forward = request.action === 'do' && state.cause === null
  const counted = request.attempt - request.forgiven
  const last = counted >= limitOf(plan) || (forward && state.cancelled !== null)
  const pauseMs = backoffMs(
    { firstMs: plan.firstMs, factor: plan.factor, maxMs: plan.maxMs, jitter },
    counted,
    moment.random,
  )
  const retryAtMs = last ? null : moment.nowMs + pauseMs
  const { execId, attempt } = request
  const type = request.action === 'undo' ? 'UndoAttemptFailed' : 'StepAttemptFailed'
  course.emit({ type, step, execId, attempt, error, retryAtMs })
  if (!last) return
  if (forward) giveUpAfterAttempts(course, step, error)
  else course.emit({ type: 'SagaStuck', step, action: request.action, reason: `no attempt is left: ${error.message}` })
}

/** Begins the next attempt, with the same key and the same data. */
export function retry(course: Course, step: string, request: Request): void {
  const type = request.action === 'undo' ? 'UndoRetried' : 'StepRetried'
  const attemptDueAtMs = course.moment.nowMs + attemptTimeoutMs(course.saga, step)
  course.emit({ type, step, execId: request.execId, attempt: request.attempt + 1, attemptDueAtMs })
}

/**
 * Ends what is open on the way forward without an answer: the outcome is unknown, unless only what commits here counts.
 * `reason` says why in the words of a failure's cause.
 */
export function giveUp(course: Course, step: string, request: Request, reason: 'deadline' | 'cancelled'): void {
  const { execId } = request
  const kind = stepNamed(course.saga, step)?.kind
  if (kind === 'wait') course.emit({ type: 'WaitTimedOut', step, execId, continues: false })
  else if (kind === 'local') course.emit({ type: 'StepRejected', step, execId, code: reason })
  else {
    const unknown = reason === 'deadline' ? 'timeout' : reason
    course.emit({ type: 'StepOutcomeUnknown', step, execId, reason: unknown })
  }
}

/** Whether a refusal ends the step; the others are asked again. */
export function isFinal(course: Course, step: string, request: Request, code: string): boolean {
  if (code === expiredRefusal || code === undoneRefusal) return true
  return retryPlan(course, step, request.action).finalRefusals?.includes(code) ?? true
}

function giveUpAfterAttempts(course: Course, step: string, error: AttemptError): void {
  const known = stepNamed(course.saga, step)!
  const { execId } = course.state.steps[step]!.request!
  const reason = course.state.cancelled === null ? (error.code ?? error.kind) : 'cancelled'
  if (known.kind === 'local') {
    course.emit({ type: 'StepRejected', step, execId, code: reason })
    return compensate(course, step, reason)
  }
  if (known.phase !== 'before') {
    return course.emit({ type: 'SagaStuck', step, action: 'do', reason: `its outcome is unknown: ${error.message}` })
  }
  // A refusal that is asked again leaves no trace with the participant: a copy of an attempt may still take effect.
  const unknown = error.kind === 'refused' ? 'error' : error.kind
  course.emit({ type: 'StepOutcomeUnknown', step, execId, reason: unknown })
  compensate(course, step, reason)
}

function retryPlan(course: Course, step: string, action: Request['action']): RetryPlan {
  const known = stepNamed(course.saga, step)
  if (step === failedStep || known === undefined || known.kind === 'wait') return failureRetry
  return action === 'undo' && known.undo !== undefined && known.undo.kind !== 'none' ? known.undo.retry : known.retry
}

function limitOf({ maxAttempts }: RetryPlan): number {
  return maxAttempts === 'forever' ? Infinity : maxAttempts
}
