import type { SagaEvent } from './events.ts'
import type { OperatorAction } from './input.ts'
import { stepState, type Request, type SagaAction, type SagaState, type SagaStatus, type StepState } from './state.ts'
import { failedStep } from '../../design/sagas/definition.ts'

/** The state after one more event. Pure and total; it needs no declaration, so any release folds any stream. */
export function evolve(state: SagaState | undefined, event: SagaEvent): SagaState {
  if (event.type === 'SagaStarted') return started(event)
  if (state === undefined) throw new TypeError(`${event.type} cannot be the first event of a saga.`)
  const after = changed(state, event)
  const status = statusOf(after)
  return after.status === status ? after : { ...after, status }
}

type EventOf<T extends SagaEvent['type']> = Extract<SagaEvent, { readonly type: T }>

function started(event: EventOf<'SagaStarted'>): SagaState {
  const { type: _type, ...given } = event
  return {
    ...given,
    status: 'running',
    overdue: false,
    steps: {},
    order: [],
    requests: 0,
    cause: null,
    cancelled: null,
    stuck: null,
    closed: null,
    debts: [],
  }
}

function changed(state: SagaState, event: Exclude<SagaEvent, { readonly type: 'SagaStarted' }>): SagaState {
  switch (event.type) {
    case 'StepRequested':
    case 'UndoRequested':
    case 'WaitStarted':
      return requested(state, event)
    case 'StepRetried':
    case 'UndoRetried':
      return withRequest({ ...state, stuck: null }, event, (request) => ({
        ...request,
        attempt: event.attempt,
        phase: 'inFlight',
        dueAtMs: event.attemptDueAtMs,
      }))
    case 'StepAttemptFailed':
    case 'UndoAttemptFailed':
      return withRequest(state, event, (request) => ({ ...request, phase: 'paused', dueAtMs: event.retryAtMs }))
    case 'StepSucceeded':
    case 'StepRejected':
    case 'StepOutcomeUnknown':
    case 'SignalReceived':
    case 'WaitTimedOut':
    case 'FailureRecorded':
      return settled(state, event)
    case 'UndoSucceeded':
      return undone(state, event.step)
    case 'LateReply':
      return late(state, event)
    case 'SagaStuck':
      return stuck(state, event)
    case 'OperatorActed':
      return acted(state, event.action)
    case 'OrderRefused':
      return state
    case 'CancelRequested':
      return { ...state, cancelled: { who: event.who, why: event.why } }
    case 'CompensationStarted':
      return { ...state, cause: event.cause, stuck: null }
    case 'SagaOverdue':
      return { ...state, overdue: true }
    case 'SagaCompleted':
      return { ...state, closed: 'completed' }
    case 'SagaCompensated':
      return { ...state, closed: 'compensated' }
    case 'SagaTerminated':
      return { ...withoutRequests(state), closed: 'terminated', debts: event.debts, stuck: null }
  }
}

function requested(
  state: SagaState,
  event: EventOf<'StepRequested'> | EventOf<'UndoRequested'> | EventOf<'WaitStarted'>,
): SagaState {
  const { step, execId } = event
  const before = stepState(state, step)
  const action: SagaAction = event.type === 'UndoRequested' ? 'undo' : event.type === 'WaitStarted' ? 'wait' : 'do'
  const request: Request = {
    action,
    execId,
    key: event.type === 'WaitStarted' ? '' : event.key,
    attempt: 1,
    forgiven: 0,
    command: event.type === 'WaitStarted' ? null : event.command,
    data: event.type === 'WaitStarted' ? event.value : event.data,
    deadlineAtMs: event.type === 'StepRequested' ? event.deadlineAtMs : null,
    giveUpAtMs: event.type === 'StepRequested' ? event.giveUpAtMs : null,
    phase: 'inFlight',
    dueAtMs: event.type === 'WaitStarted' ? event.dueAtMs : event.attemptDueAtMs,
  }
  const undo = event.type === 'StepRequested' && event.undoable ? 'registered' : 'none'
  const after: StepState =
    event.type === 'UndoRequested'
      ? { ...before!, undo: 'open', again: false, request }
      : { outcome: 'open', undo, again: false, request }
  const known = before !== undefined || step === failedStep
  return {
    ...withStep(state, step, after),
    order: known ? state.order : [...state.order, step],
    requests: execId,
    stuck: null,
  }
}

function settled(
  state: SagaState,
  event: EventOf<
    'StepSucceeded' | 'StepRejected' | 'StepOutcomeUnknown' | 'SignalReceived' | 'WaitTimedOut' | 'FailureRecorded'
  >,
): SagaState {
  const { undo } = state.steps[event.step]!
  const rest = { undo, again: false, request: null }
  const next = freed(state, event.step)
  switch (event.type) {
    case 'StepSucceeded':
      return withStep(next, event.step, {
        outcome: 'done',
        ...(event.output !== undefined && { output: event.output }),
        ...rest,
      })
    case 'SignalReceived': {
      const output = { data: event.data, schemaVersion: event.schemaVersion }
      return withStep(next, event.step, { outcome: 'done', output, ...rest })
    }
    case 'WaitTimedOut':
      return withStep(next, event.step, {
        ...(event.continues ? { outcome: 'done' } : { outcome: 'failed', code: 'timeout' }),
        ...rest,
      })
    case 'StepRejected':
      return withStep(next, event.step, { outcome: 'failed', code: event.code, ...rest })
    case 'StepOutcomeUnknown':
      return withStep(next, event.step, { outcome: 'unknown', reason: event.reason, ...rest })
    case 'FailureRecorded':
      return withStep(next, event.step, { outcome: 'done', ...rest })
  }
}

function undone(state: SagaState, step: string): SagaState {
  const { again, ...before } = state.steps[step]!
  const undo = again ? 'registered' : 'done'
  return withStep(freed(state, step), step, { ...before, undo, again: false, request: null })
}

/**
 * What was given up has happened after all. An undo that is done or under way did not know that, so it is due again;
 * a saga that was closed without it is open again.
 */
function late(state: SagaState, event: EventOf<'LateReply'>): SagaState {
  const { undo, request } = state.steps[event.step]!
  const after: StepState = {
    outcome: 'done',
    ...(event.output !== undefined && { output: event.output }),
    undo: undo === 'done' ? 'registered' : undo,
    again: undo === 'open',
    request,
  }
  return { ...withStep(state, event.step, after), closed: null }
}

function stuck(state: SagaState, { step, action, reason }: EventOf<'SagaStuck'>): SagaState {
  const next = { ...state, stuck: { step, action, reason } }
  const known = stepState(state, step)
  if (known === undefined || known.request === null) return next
  return withStep(next, step, { ...known, request: { ...known.request, phase: 'parked', dueAtMs: null } })
}

function acted(state: SagaState, action: OperatorAction): SagaState {
  switch (action.kind) {
    case 'resume':
      return state.stuck === null ? state : { ...forgiven(state, state.stuck.step), stuck: null }
    case 'retry':
      return state.stuck?.step === action.step ? freed(forgiven(state, action.step), action.step) : state
    case 'mark-undone':
      return withStep(freed(state, action.step), action.step, {
        ...state.steps[action.step]!,
        undo: 'done',
        again: false,
        request: null,
      })
    case 'skip': {
      const { undo } = stepState(state, action.step) ?? { undo: 'none' as const }
      const output = action.output === undefined ? {} : { output: action.output }
      const next = withStep(freed(state, action.step), action.step, {
        outcome: 'done',
        ...output,
        undo,
        again: false,
        request: null,
      })
      const listed = action.step === failedStep || next.order.includes(action.step)
      return listed ? next : { ...next, order: [...next.order, action.step] }
    }
    case 'terminate':
      return state
  }
}

/** All attempts again; their numbers go on, so that answers to former ones are told from theirs. */
function forgiven(state: SagaState, step: string): SagaState {
  return withRequest(state, { step }, (request) => ({ ...request, forgiven: request.attempt }))
}

/** Nobody waits for answers any more. */
function withoutRequests(state: SagaState): SagaState {
  const steps = Object.entries(state.steps).map(([name, step]) => [name, { ...step, request: null }] as const)
  return { ...state, steps: Object.fromEntries(steps) }
}

function freed(state: SagaState, step: string): SagaState {
  return state.stuck?.step === step ? { ...state, stuck: null } : state
}

function withStep(state: SagaState, step: string, after: StepState): SagaState {
  return { ...state, steps: { ...state.steps, [step]: after } }
}

function withRequest(
  state: SagaState,
  { step }: { readonly step: string },
  change: (request: Request) => Request,
): SagaState {
  const known = stepState(state, step)
  if (known === undefined || known.request === null) return state
  return withStep(state, step, { ...known, request: change(known.request) })
}

function statusOf(state: SagaState): SagaStatus {
  if (state.closed !== null) return state.closed
  if (state.stuck !== null) return 'stuck'
  if (state.cause !== null) return 'compensating'
  for (const step in state.steps) if (state.steps[step]!.request?.action === 'wait') return 'waiting'
  return 'running'
}
