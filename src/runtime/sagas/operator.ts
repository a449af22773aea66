import { failedStep } from '../../design/saga-definition.ts'
import { advance, compensate, pivotAsked } from './advance.ts'
import { giveUp, retry } from './attempts.ts'
import type { Course } from './course.ts'
import type { OperatorAction } from './input.ts'
import { stepNamed } from './scope.ts'
import { openStep, stepState } from './state.ts'

/** Asks the instance to turn back. Answers why not; undefined when it will. */
export function cancel(course: Course, who: string, why: string): string | undefined {
  const { saga, state } = course
  if (state.closed !== null) return `the saga is ${state.closed}`
  if (state.cause !== null) return 'the saga is being compensated already'
  if (pivotAsked(saga, state)) return 'the pivot was asked for, and there is no way back from it'
  if (state.cancelled !== null) return 'the saga was cancelled already'
  course.emit({ type: 'CancelRequested', who, why })
  const open = openStep(course.state)
  // An attempt that is in flight is let settle, so that its undo knows more; nothing else is waited for.
  if (open?.request.phase === 'inFlight' && open.request.action === 'do') return undefined
  if (open !== undefined) giveUp(course, open.step, open.request, 'cancelled')
  compensate(course, open?.step ?? state.stuck?.step ?? '', 'cancelled')
  return undefined
}

/** Does what an operator asks for. Answers why not; undefined when it was done. */
export function operate(course: Course, who: string, why: string, action: OperatorAction): string | undefined {
  const refusal = refusalOf(course, action)
  if (refusal !== undefined) return refusal
  course.emit({ type: 'OperatorActed', who, why, action })
  switch (action.kind) {
    case 'resume':
    case 'retry':
      retryOpen(course)
      return undefined
    case 'terminate':
      course.emit({ type: 'SagaTerminated', debts: debts(course) })
      return undefined
    default:
      advance(course)
      return undefined
  }
}

function refusalOf(course: Course, action: OperatorAction): string | undefined {
  const { state } = course
  if (state.closed !== null) return `the saga is ${state.closed}`
  switch (action.kind) {
    case 'resume':
      return state.stuck === null ? 'the saga is not stuck' : undefined
    case 'retry': {
      if (state.stuck?.step === action.step) return undefined
      const request = stepState(state, action.step)?.request
      if (request?.phase === 'paused') return undefined
      return request?.phase === 'inFlight' ? 'an attempt is under way' : 'nothing is asked of that step'
    }
    case 'mark-undone': {
      const known = stepState(state, action.step)
      if (state.cause === null) return 'the saga is not being compensated'
      return known === undefined || known.undo === 'none' || known.undo === 'done' ? 'nothing is to undo' : undefined
    }
    case 'skip':
      return skipRefusal(course, action)
    case 'terminate':
      return undefined
  }
}

function skipRefusal({ saga, state }: Course, action: Extract<OperatorAction, { readonly kind: 'skip' }>) {
  const { stuck } = state
  if (stuck === null || stuck.step !== action.step || stuck.action === 'undo')
    return 'the saga is not stuck at that step'
  const step = stepNamed(saga, action.step)
  // What an operator did by hand before the pivot nobody could undo; there the way out is `cancel`.
  if (step?.phase === 'before') return 'only the pivot and what follows it can be skipped'
  if (step?.kind === 'wait' && action.output !== undefined) return 'a wait is skipped without an output'
  try {
    if (step?.kind === 'call' && step.command.reply !== undefined) step.command.reply.decode(action.output)
    return undefined
  } catch (error) {
    return `the output does not fit: ${(error as Error).message}`
  }
}

function retryOpen(course: Course): void {
  const open = openStep(course.state)
  if (open === undefined) advance(course)
  else retry(course, open.step, open.request)
}

/** What is left to do once the saga has decided; until then, what may have happened and is not undone. */
function debts({ saga, state }: Course): readonly string[] {
  const isDone = (name: string): boolean => stepState(state, name)?.outcome === 'done'
  const decided = saga.steps.some(({ name, phase, kind }) => phase !== 'before' && kind !== 'wait' && isDone(name))
  if (decided) return saga.steps.filter(({ name }) => !isDone(name)).map(({ name }) => name)
  const owed = state.order.filter((name) => {
    const { outcome, undo, request } = state.steps[name]!
    if (request?.action === 'wait' || outcome === 'failed') return false
    return outcome === 'open' || undo === 'registered' || undo === 'open'
  })
  const recorded = state.cause === null || saga.recordFailure === undefined || isDone(failedStep)
  return recorded ? owed : [...owed, failedStep]
}
