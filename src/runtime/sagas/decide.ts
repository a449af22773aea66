import { isEventwrightError } from '../../base/errors.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import { advance } from './advance.ts'
import { Course, type Evolve, type Moment } from './course.ts'
import type { SagaEvent } from './events.ts'
import { evolve as fold } from './evolve.ts'
import type { SagaInput, StepReply } from './input.ts'
import { obey } from './operator.ts'
import { replied, signalled } from './replies.ts'
import { stepNamed } from './scope.ts'
import { stepState, type SagaState } from './state.ts'
import { fireDue, restarted } from './timers.ts'

/** What an input leads to. */
export interface SagaDecision {
  /** To be appended together, before anything of them is done. */
  readonly events: readonly SagaEvent[]
  /**
   * `recorded`: there are events. `ignored`: a repeat, or nothing that matters any more; the input is used up.
   * `kept`: it will matter later, or to another process, and must not be used up. `refused`: it cannot be, and `why` says
   * so; where it was an order, an event says so too.
   */
  readonly answer: 'recorded' | 'ignored' | 'kept' | 'refused'
  readonly why?: string
}

/**
 * What an instance does about an input: pure, so the same input on the same state at the same moment gives the same
 * events. It calls only functions of the declaration that make data. An instance of a version that `saga` is not, and
 * data of a schema version that this release does not know, are left to a process that does: the input is kept.
 */
export function decide(
  saga: AnySaga,
  state: SagaState | undefined,
  input: SagaInput,
  moment: Moment,
  evolve: Evolve = fold,
): SagaDecision {
  try {
    return decided(saga, state, input, moment, evolve)
  } catch (error) {
    if (!isEventwrightError(error, 'EW_EVENT_NEWER')) throw error
    return { events: [], answer: 'kept', why: error.message }
  }
}

function decided(
  saga: AnySaga,
  state: SagaState | undefined,
  input: SagaInput,
  moment: Moment,
  evolve: Evolve,
): SagaDecision {
  if (state === undefined) return begun(saga, input, moment, evolve)
  if (state.version !== saga.version && !isPast(state, input)) {
    const why = `the instance needs version ${state.version} of saga ${saga.name}`
    return { events: [], answer: 'kept', why }
  }
  const course = new Course(saga, state, moment, evolve)
  const why = inputRefusal(saga, state, input) ?? apply(course, input)
  if (why !== undefined) return refused(why, course.events)
  if (course.events.length > 0) return { events: course.events, answer: 'recorded' }
  return { events: [], answer: isForLater(state, input) ? 'kept' : 'ignored' }
}

/** Whether no version would do anything about it. */
function isPast({ closed }: SagaState, { kind }: SagaInput): boolean {
  return kind === 'started' || closed === 'completed' || closed === 'terminated'
}

function begun(saga: AnySaga, input: SagaInput, moment: Moment, evolve: Evolve): SagaDecision {
  if (input.kind !== 'started') return refused('there is no such instance')
  const { nowMs } = moment
  const first: SagaEvent = {
    type: 'SagaStarted',
    deadlineAtMs: saga.deadlineMs === undefined ? null : nowMs + saga.deadlineMs,
    input: input.data,
    inputVersion: input.schemaVersion,
    saga: saga.name,
    sagaId: input.sagaId,
    startedAtMs: nowMs,
    version: saga.version,
  }
  const course = new Course(saga, evolve(undefined, first), moment, evolve)
  advance(course)
  return { events: [first, ...course.events], answer: 'recorded' }
}

function apply(course: Course, input: SagaInput): string | undefined {
  switch (input.kind) {
    case 'started':
      return undefined
    case 'reply':
      return void replied(course, input)
    case 'due':
      return void fireDue(course)
    case 'signal':
      return void signalled(course, input)
    case 'cancel':
    case 'operator':
      return obey(course, input)
    case 'restart':
      return void restarted(course)
  }
}

/** Messages that no participant of this saga can have sent. */
function inputRefusal(saga: AnySaga, state: SagaState, input: SagaInput): string | undefined {
  if (input.kind !== 'reply') return undefined
  const known = stepState(state, input.step)
  if (known === undefined || input.execId > state.requests) {
    return `the reply names the request ${input.execId} of the step ${input.step}, which was never made`
  }
  return corruption(saga, input)
}

function corruption(saga: AnySaga, { step, action, result }: StepReply): string | undefined {
  const known = stepNamed(saga, step)
  if (known?.kind !== 'call' || action !== 'do' || result.status !== 'done') return undefined
  try {
    if (known.command.reply !== undefined) known.command.reply.decode(result.output)
    return undefined
  } catch (error) {
    if (!isEventwrightError(error)) throw error
    return `the reply of the step ${step} cannot be read: ${error.message}`
  }
}

/** An event that came before its wait. */
function isForLater(state: SagaState, input: SagaInput): boolean {
  return (
    input.kind === 'signal' &&
    state.closed === null &&
    state.cause === null &&
    stepState(state, input.step) === undefined
  )
}

function refused(why: string, events: readonly SagaEvent[] = []): SagaDecision {
  return { events, answer: 'refused', why }
}
