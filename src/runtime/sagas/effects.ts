import type { Json } from '../../base/json.ts'
import { failedStep, type AnySaga, type SagaStep } from '../../design/sagas/definition.ts'
import type { SagaEvent } from './events.ts'
import { attemptTimeoutMs, keyOf } from './requests.ts'
import { stepNamed } from './scope.ts'
import { dueAtMs, openStep, type Request, type SagaState } from './state.ts'

/** What follows from events that are stored. */
export type SagaEffect = SendEffect | RunEffect | AwaitEffect | DueEffect | AlertEffect

/** Send a command; it goes into the outbox in the commit of its event. The reply must bring `reply` back. */
export interface SendEffect {
  readonly kind: 'send'
  readonly command: string
  /** Stored form. */
  readonly data: Json
  /** Idempotency key. */
  readonly key: string
  /** The key of what this undoes: the participant stores a tombstone under it. Null for a step. */
  readonly undoes: string | null
  /** After this the participant refuses with `expired`, for good. */
  readonly deadlineAtMs: number | null
  /** How long one attempt may last. */
  readonly attemptMs: number
  /** Refusals that the participant keeps; the others leave no trace. Null: all of them. */
  readonly finalRefusals: readonly string[] | null
  readonly reply: ReplyAddress
}

/** Where an answer belongs: it comes back as it is. */
export interface ReplyAddress {
  /** The instance, also the key of the reply's channel. */
  readonly sagaId: string
  readonly step: string
  readonly action: 'do' | 'undo'
  readonly execId: number
  readonly attempt: number
}

/** Call a function of the declaration here, after the commit. `local`: what it records commits with its success. */
export interface RunEffect {
  readonly kind: 'run'
  readonly local: boolean
  readonly key: string
  readonly reply: ReplyAddress
  /** When the attempt times out: the signal of the function fires then. */
  readonly dueAtMs: number
}

/** Look for events of this kind and value that came earlier, and bring later ones. */
export interface AwaitEffect {
  readonly kind: 'await'
  readonly sagaId: string
  readonly step: string
  readonly event: string
  readonly value: string
  readonly untilMs: number
}

/** Look at the instance again at this time; null: only a message can move it. */
export interface DueEffect {
  readonly kind: 'due'
  readonly sagaId: string
  readonly atMs: number | null
}

/** Somebody should know. */
export interface AlertEffect {
  readonly kind: 'alert'
  readonly sagaId: string
  readonly what: 'stuck' | 'overdue'
  readonly step: string
  readonly reason: string
}

/**
 * What has to be done once `events`, which led from `before` to `after`, are stored; sends belong into their commit.
 */
export function effects(
  saga: AnySaga,
  before: SagaState | undefined,
  events: readonly SagaEvent[],
  after: SagaState,
): readonly SagaEffect[] {
  const asked = events.flatMap((event) => effectOf(saga, event, after))
  const due = dueAtMs(after)
  if (before !== undefined && dueAtMs(before) === due) return asked
  return [...asked, { kind: 'due', sagaId: after.sagaId, atMs: due }]
}

/** What has to be set up again when an instance comes to a new owner; functions begin again by the input `restart`. */
export function standingEffects(saga: AnySaga, state: SagaState): readonly SagaEffect[] {
  const { sagaId } = state
  const due: DueEffect = { kind: 'due', sagaId, atMs: dueAtMs(state) }
  const open = openStep(state)
  const wait = open === undefined ? undefined : stepNamed(saga, open.step)
  if (open === undefined || wait?.kind !== 'wait') return [due]
  const { data, dueAtMs: untilMs } = open.request
  return [
    { kind: 'await', sagaId, step: open.step, event: wait.event.type, value: String(data), untilMs: untilMs! },
    due,
  ]
}

function effectOf(saga: AnySaga, event: SagaEvent, after: SagaState): readonly SagaEffect[] {
  const { sagaId } = after
  switch (event.type) {
    case 'StepRequested':
    case 'StepRetried':
    case 'UndoRequested':
    case 'UndoRetried': {
      const request = after.steps[event.step]!.request
      return request === null || request.execId !== event.execId ? [] : [asking(saga, sagaId, event.step, request)]
    }
    case 'WaitStarted': {
      const { step, event: type, value, dueAtMs } = event
      return [{ kind: 'await', sagaId, step, event: type, value, untilMs: dueAtMs }]
    }
    case 'SagaStuck':
      return [{ kind: 'alert', sagaId, what: 'stuck', step: event.step, reason: event.reason }]
    case 'SagaOverdue':
      return [{ kind: 'alert', sagaId, what: 'overdue', step: openStep(after)?.step ?? '', reason: 'deadline' }]
    default:
      return []
  }
}

function asking(saga: AnySaga, sagaId: string, step: string, request: Request): SendEffect | RunEffect {
  const { key, execId, attempt, command, data, deadlineAtMs } = request
  const action = request.action === 'undo' ? 'undo' : 'do'
  const reply: ReplyAddress = { sagaId, step, action, execId, attempt }
  const known = stepNamed(saga, step)
  if (command === null) {
    return { kind: 'run', local: isLocal(known, action), key, reply, dueAtMs: request.dueAtMs! }
  }
  return {
    kind: 'send',
    command,
    data,
    key,
    undoes: action === 'undo' ? keyOf(sagaId, step, 'do') : null,
    deadlineAtMs,
    attemptMs: attemptTimeoutMs(saga, step),
    finalRefusals: keptRefusals(step, known, action),
    reply,
  }
}

function isLocal(step: SagaStep | undefined, action: 'do' | 'undo'): boolean {
  if (step === undefined || step.kind === 'wait') return false
  return action === 'undo' ? step.undo?.kind === 'local' : step.kind === 'local'
}

/**
 * A refusal that makes the saga stuck must not be kept: it would be the answer for ever, also to an operator who has
 * removed its reason.
 */
function keptRefusals(name: string, step: SagaStep | undefined, action: 'do' | 'undo'): readonly string[] | null {
  if (action === 'undo' || name === failedStep || step?.phase === 'after') return []
  return step === undefined || step.kind === 'wait' ? null : (step.retry.finalRefusals ?? null)
}
