import { failedStep, type AnySaga } from '../../design/sagas/definition.ts'
import type { SagaEvent } from '../../runtime/sagas/events.ts'
import { stepNamed } from '../../runtime/sagas/scope.ts'
import { stepState, type SagaState } from '../../runtime/sagas/state.ts'
import { bookOf, type Ground, type World } from './world.ts'

/** What is wrong with one more event after `before`; undefined when nothing is. */
export function wrongEvent(saga: AnySaga, before: SagaState, event: SagaEvent): string | undefined {
  if (before.closed !== null && event.type !== 'LateReply' && event.type !== 'OrderRefused')
    return `${event.type} after the end of the saga`
  switch (event.type) {
    case 'StepRequested':
      if (event.step !== failedStep && before.cause !== null)
        return `${event.step} is asked for while the saga turns back`
      if (stepState(before, event.step) !== undefined) return `${event.step} is asked for twice`
      return undefined
    case 'StepSucceeded':
    case 'StepRejected':
    case 'StepOutcomeUnknown':
    case 'FailureRecorded':
      return stepState(before, event.step)?.outcome === 'open'
        ? undefined
        : `${event.type} ${event.step} is recorded twice`
    case 'UndoRequested':
      return wrongUndo(saga, before, event.step)
    case 'SagaStuck':
      return event.reason.startsWith('the declaration threw')
        ? `at ${event.action} ${event.step} ${event.reason}`
        : undefined
    default:
      return undefined
  }
}

/** What is wrong with the books of the participants, at any time. */
export function wrongBooks(world: World): string | undefined {
  for (const step in world.books) {
    const { did, undid } = world.books[step]!
    if (did > 1) return `the effect of ${step} took place ${did} times under one key`
    if (undid > did) return `${step} was undone without having been done`
  }
  return undefined
}

/** What is wrong with a world in which nothing more happens by itself. */
export function wrongEnd({ saga }: Ground, world: World): string | undefined {
  const { closed, status, stuck } = world.state
  if (closed === null) return stuck === null ? `the saga is ${status}, and nothing will move it` : undefined
  const present = (step: string): boolean => bookOf(world, step).did > bookOf(world, step).undid
  for (const step of saga.steps) {
    if (step.kind === 'wait') continue
    const { name } = step
    if (closed === 'completed' && !present(name)) return `the saga is completed, and ${name} is not done`
    const remains = step.undo?.kind !== 'none' && present(name)
    if (closed === 'compensated' && remains) return `the saga is compensated, and the effect of ${name} remains`
  }
  const recorded = present(failedStep)
  if (closed === 'completed' && recorded) return 'the saga is completed, and its failure is recorded'
  if (closed === 'compensated' && saga.recordFailure !== undefined && !recorded) return 'its failure is not recorded'
  return undefined
}

/** Whether more attempts of one request were begun than are declared. */
export function tooManyAttempts(saga: AnySaga, step: string, action: string, begun: number): string | undefined {
  const known = stepNamed(saga, step)
  if (known === undefined || known.kind === 'wait') return undefined
  const plan =
    action === 'undo' && known.undo !== undefined && known.undo.kind !== 'none' ? known.undo.retry : known.retry
  if (plan.maxAttempts === 'forever' || begun <= plan.maxAttempts) return undefined
  return `${action} ${step} is attempted ${begun} times, and ${plan.maxAttempts} are declared`
}

function wrongUndo(saga: AnySaga, before: SagaState, step: string): string | undefined {
  const known = stepState(before, step)
  if (known === undefined) return `${step} is undone without having been asked for`
  if (before.cause === null) return `${step} is undone while the saga goes forward`
  if (known.outcome === 'failed' || known.outcome === 'open')
    return `${step} is undone, and its outcome is ${known.outcome}`
  const later = before.order.slice(before.order.indexOf(step) + 1)
  const skipped = later.find((name) => {
    const { outcome, undo } = before.steps[name]!
    const undoable = stepNamed(saga, name)?.kind !== 'wait' && undo !== 'none' && undo !== 'done'
    return undoable && (outcome === 'done' || outcome === 'unknown')
  })
  return skipped === undefined ? undefined : `${step} is undone before ${skipped}, which came after it`
}
