import type { Json } from '../../base/json.ts'
import type { FailureCause, UnknownReason } from '../../design/sagas/scope.ts'

/** Where an instance stands. `stuck` is not an end: it waits for an operator. */
export type SagaStatus = (typeof sagaStatuses)[number]

/** The same as values. */
export const sagaStatuses = [
  'running',
  'waiting',
  'compensating',
  'stuck',
  'completed',
  'compensated',
  'terminated',
] as const

/** What can be asked of a step. The command that records a failure is the `do` of the step `failed`. */
export type SagaAction = 'do' | 'undo' | 'wait'

/** An instance of a saga: plain JSON, the fold of its events. */
export interface SagaState {
  readonly saga: string
  /** `<saga name>/<id>`: its stream, its row, the beginning of its keys. */
  readonly sagaId: string
  /** The version of the declaration that it began with. */
  readonly version: number
  readonly status: SagaStatus
  readonly startedAtMs: number
  readonly deadlineAtMs: number | null
  /** The deadline passed after the pivot had been asked for. */
  readonly overdue: boolean
  /** Stored form of the starting event's data. */
  readonly input: Json
  readonly inputVersion: number
  /** Every step that was asked for, and `failed`, by name. */
  readonly steps: { readonly [step: string]: StepState }
  /** The names of `steps` in the order of their first request, without `failed`. */
  readonly order: readonly string[]
  /** Requests so far: the execution id of the last one. */
  readonly requests: number
  /** Why it is compensated; null on the way forward. */
  readonly cause: FailureCause | null
  readonly cancelled: { readonly who: string; readonly why: string } | null
  readonly stuck: Stuck | null
  readonly closed: 'completed' | 'compensated' | 'terminated' | null
  /** What a terminated instance has left behind. */
  readonly debts: readonly string[]
}

/** Where and why an instance waits for an operator. */
export interface Stuck {
  readonly step: string
  readonly action: SagaAction
  readonly reason: string
}

/** A step that was asked for. */
export interface StepState {
  readonly outcome: 'open' | 'done' | 'unknown' | 'failed'
  /** Stored form; absent where there is none. */
  readonly output?: Json
  /** Of an unknown outcome. */
  readonly reason?: UnknownReason
  /** Of a failed one. */
  readonly code?: string
  /** `registered` from the request on, so that whatever became of the step is undone. */
  readonly undo: 'none' | 'registered' | 'open' | 'done'
  /** It turned out to be done while its undo was under way: the undo is asked for once more. */
  readonly again: boolean
  readonly request: Request | null
}

/** What is being asked of a step now; its key is constant, its attempts are counted here. */
export interface Request {
  readonly action: SagaAction
  /** Replies name it; another one's are late. */
  readonly execId: number
  readonly key: string
  /** From 1. */
  readonly attempt: number
  /** How many attempts do not count, because an operator has resumed the instance after them. */
  readonly forgiven: number
  /** The command's type; null for functions and waits. */
  readonly command: string | null
  /** The command's data in stored form: every attempt sends the same. Of a wait, the value that it waits for. */
  readonly data: Json
  /** After this the participant must refuse with `expired`. */
  readonly deadlineAtMs: number | null
  /** When the engine gives up without an answer; null where it may not. */
  readonly giveUpAtMs: number | null
  readonly phase: 'inFlight' | 'paused' | 'parked'
  /** In flight: when the attempt times out. Paused: when the next one begins. Null when parked in a stuck instance. */
  readonly dueAtMs: number | null
}

/** The state of a step that was asked for; names such as `constructor` find nothing inherited. */
export function stepState(state: SagaState, step: string): StepState | undefined {
  return Object.hasOwn(state.steps, step) ? state.steps[step] : undefined
}

/** The step that is being worked on. */
export function openStep(state: SagaState): { readonly step: string; readonly request: Request } | undefined {
  for (const step in state.steps) {
    const request = state.steps[step]!.request
    if (request !== null) return { step, request }
  }
  return undefined
}

/** When the instance has to be looked at next; null when only a message can move it. */
export function dueAtMs(state: SagaState): number | null {
  if (state.closed !== null) return null
  const request = openStep(state)?.request
  const times = [
    state.cause === null && !state.overdue ? state.deadlineAtMs : null,
    request?.dueAtMs ?? null,
    request?.phase === 'parked' ? null : (request?.giveUpAtMs ?? null),
  ].filter((time) => time !== null)
  return times.length === 0 ? null : Math.min(...times)
}
