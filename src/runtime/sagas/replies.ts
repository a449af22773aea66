import { failedStep, type AnySaga } from '../../design/sagas/definition.ts'
import { advance, compensate } from './advance.ts'
import { attemptFailed, isFinal } from './attempts.ts'
import type { Course } from './course.ts'
import type { SagaInput, StepReply } from './input.ts'
import { stepNamed } from './scope.ts'
import { stepState, type Request, type SagaState, type StepState } from './state.ts'

/**
 * What an answer leads to. Repeats and answers that nobody waits for lead to nothing, unless they tell of an effect.
 */
export function replied(course: Course, reply: StepReply): void {
  const known = stepState(course.state, reply.step)
  if (known === undefined) return
  const { request } = known
  if (request !== null && isAwaited(course, request, reply)) answered(course, reply, request)
  else if (isLate(course.saga, course.state, known, reply)) late(course, reply)
}

/** An event that a step waits for. One for a step that was not asked for yet is kept by the caller. */
export function signalled(course: Course, signal: Extract<SagaInput, { readonly kind: 'signal' }>): void {
  const { step, eventId, data, schemaVersion } = signal
  const request = stepState(course.state, step)?.request
  if (request?.action !== 'wait' || request.data !== signal.value) return
  course.emit({ type: 'SignalReceived', step, execId: request.execId, eventId, data, schemaVersion })
  advance(course)
}

function isAwaited(course: Course, request: Request, { step, action, execId, attempt, result }: StepReply): boolean {
  if (request.execId !== execId || request.action !== action) return false
  // What a participant keeps under the key is the same whichever attempt it answers. A function keeps nothing: when an
  // earlier attempt at it refuses, the one that is under way may still take effect. A failure speaks of its own.
  if (result.status === 'done') return true
  const kept = request.command !== null || request.attempt === attempt
  if (result.status === 'refused' && kept && isFinal(course, step, request, result.code)) return true
  return request.phase === 'inFlight' && request.attempt === attempt
}

/** The step was given up, or its refusal seemed to be the end, and now it turns out to have happened. */
function isLate(
  saga: AnySaga,
  state: SagaState,
  { outcome, undo }: StepState,
  { step, action, result }: StepReply,
): boolean {
  // What a local step recorded is committed with its success or not at all, so a late one has no effect.
  if (stepNamed(saga, step)?.kind === 'local') return false
  const givenUp = outcome === 'unknown' || outcome === 'failed'
  return givenUp && undo !== 'none' && action === 'do' && result.status === 'done' && state.closed !== 'terminated'
}

function late(course: Course, { step, execId, result }: StepReply): void {
  const output = result.status === 'done' && result.output !== undefined ? { output: result.output } : {}
  course.emit({ type: 'LateReply', step, execId, ...output })
  advance(course)
}

function answered(course: Course, reply: StepReply, request: Request): void {
  const { step, result } = reply
  switch (result.status) {
    case 'done':
      return done(course, reply, result.output)
    case 'failed':
      return attemptFailed(course, step, request, { kind: 'error', message: result.error })
    case 'refused':
      if (isFinal(course, step, request, result.code)) return refused(course, step, request, result.code)
      return attemptFailed(course, step, request, { kind: 'refused', message: result.code, code: result.code })
  }
}

function done(course: Course, { step, action, execId }: StepReply, output: StepState['output']): void {
  if (action === 'undo') course.emit({ type: 'UndoSucceeded', step, execId })
  else if (step === failedStep) course.emit({ type: 'FailureRecorded', step, execId })
  else {
    const pivot = stepNamed(course.saga, step)?.phase === 'pivot' && { pivot: true as const }
    course.emit({ type: 'StepSucceeded', execId, ...(output !== undefined && { output }), ...pivot, step })
  }
  advance(course)
}

/**
 * Before the pivot, and by the pivot itself, a refusal turns the saga back; anywhere else nothing can follow from it.
 */
function refused(course: Course, step: string, request: Request, code: string): void {
  const known = request.action === 'do' ? stepNamed(course.saga, step) : undefined
  if (known !== undefined && known.phase !== 'after') {
    const { execId } = request
    // Nothing holds an earlier attempt at a function back: while this one refuses, that one may take effect.
    const maybe = known.kind === 'do' && known.phase === 'before' && request.attempt > 1
    if (maybe) course.emit({ type: 'StepOutcomeUnknown', step, execId, reason: 'error' })
    else course.emit({ type: 'StepRejected', step, execId, code })
    return compensate(course, step, code)
  }
  if (request.phase !== 'parked') {
    course.emit({ type: 'SagaStuck', step, action: request.action, reason: `refused: ${code}` })
  }
}
