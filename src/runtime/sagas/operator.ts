import { failedStep, type AnySaga } from '../../design/sagas/definition.ts'
import { advance, compensate, pivotAsked } from './advance.ts'
import { giveUp, retry } from './attempts.ts'
import type { Course } from './course.ts'
import type { Given, OperatorAction, OrderedAction, SagaInput } from './input.ts'
import { stepNamed } from './scope.ts'
import { openStep, stepState, type SagaState } from './state.ts'

/** Does what it is ordered to, or records why not. Answers why not; undefined when it was done. */
export function obey(
  course: Course,
  input: Extract<SagaInput, { readonly kind: 'cancel' | 'operator' }>,
): string | undefined {
  const { who, why, order } = input
  const given: Given = { who, why, ...(order !== undefined && { order }) }
  const action: OrderedAction = input.kind === 'cancel' ? { kind: 'cancel' } : input.action
  const reason = orderRefusal(course.saga, course.state, action)
  if (reason !== undefined) course.emit({ type: 'OrderRefused', ...given, action, reason })
  else if (action.kind === 'cancel') cancel(course, given)
  else operate(course, given, action)
  return reason
}

/**
 * Why an instance does not do what it is ordered to, as it stands; undefined when it does. Without its declaration
 * nothing is said about what depends on the phases of steps.
 */
export function orderRefusal(saga: AnySaga | undefined, state: SagaState, action: OrderedAction): string | undefined {
  if (state.closed !== null) return `the saga is ${state.closed}`
  switch (action.kind) {
    case 'cancel':
      return cancelRefusal(saga, state)
    case 'resume':
      return state.stuck === null ? 'the saga is not stuck' : undefined
    case 'retry':
      return retryRefusal(state, action.step)
    case 'mark-undone': {
      const known = stepState(state, action.step)
      if (state.cause === null) return 'the saga is not being compensated'
      return known === undefined || known.undo === 'none' || known.undo === 'done' ? 'nothing is to undo' : undefined
    }
    case 'skip':
      return skipRefusal(saga, state, action)
    case 'terminate':
      return undefined
    default:
      return 'this release knows no such order'
  }
}

function cancelRefusal(saga: AnySaga | undefined, state: SagaState): string | undefined {
  if (state.cause !== null) return 'the saga is being compensated already'
  if (saga !== undefined && pivotAsked(saga, state)) return 'the pivot was asked for, and there is no way back from it'
  return state.cancelled === null ? undefined : 'the saga was cancelled already'
}

function retryRefusal(state: SagaState, step: string): string | undefined {
  if (state.stuck?.step === step) return undefined
  const request = stepState(state, step)?.request
  if (request?.phase === 'paused') return undefined
  return request?.phase === 'inFlight' ? 'an attempt is under way' : 'nothing is asked of that step'
}

function skipRefusal(
  saga: AnySaga | undefined,
  { stuck }: SagaState,
  { step: name, output }: Extract<OrderedAction, { readonly kind: 'skip' }>,
): string | undefined {
  if (stuck === null || stuck.step !== name || stuck.action === 'undo') return 'the saga is not stuck at that step'
  const step = saga && stepNamed(saga, name)
  // What an operator did by hand before the pivot nobody could undo; there the way out is `cancel`.
  if (step?.phase === 'before') return 'only the pivot and what follows it can be skipped'
  if (step?.kind === 'wait' && output !== undefined) return 'a wait is skipped without an output'
  try {
    if (step?.kind === 'call' && step.command.reply !== undefined) step.command.reply.decode(output)
    return undefined
  } catch (error) {
    return `the output does not fit: ${(error as Error).message}`
  }
}

function cancel(course: Course, given: Given): void {
  const { state } = course
  course.emit({ type: 'CancelRequested', ...given })
  const open = openStep(course.state)
  // An attempt that is in flight is let settle, so that its undo knows more; nothing else is waited for.
  if (open?.request.phase === 'inFlight' && open.request.action === 'do') return
  if (open !== undefined) giveUp(course, open.step, open.request, 'cancelled')
  compensate(course, open?.step ?? state.stuck?.step ?? '', 'cancelled')
}

function operate(course: Course, given: Given, action: OperatorAction): void {
  course.emit({ type: 'OperatorActed', ...given, action })
  switch (action.kind) {
    case 'resume':
    case 'retry':
      return retryOpen(course)
    case 'terminate':
      return course.emit({ type: 'SagaTerminated', debts: debts(course) })
    default:
      return advance(course)
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
