import type { Json } from '../../base/json.ts'
import type { FailureCause, UnknownReason } from '../../design/sagas/scope.ts'
import type { Given, OperatorAction, OrderedAction } from './input.ts'
import type { SagaAction } from './state.ts'

/**
 * What is stored of an instance: partition 1, stream `<saga name>/<id>`. `type` is the event's type, the rest its data.
 */
export type SagaEvent =
  | {
      readonly type: 'SagaStarted'
      readonly saga: string
      readonly sagaId: string
      readonly version: number
      readonly startedAtMs: number
      readonly deadlineAtMs: number | null
      readonly input: Json
      readonly inputVersion: number
    }
  /** Registers the undo as well: from here on the step may have happened. */
  | (Requested & {
      readonly type: 'StepRequested'
      readonly undoable: boolean
      readonly deadlineAtMs: number | null
      readonly giveUpAtMs: number | null
    })
  | (Retried & { readonly type: 'StepRetried' })
  | (AttemptFailed & { readonly type: 'StepAttemptFailed' })
  | (Exec & { readonly type: 'StepSucceeded'; readonly output?: Json; readonly pivot?: true })
  | (Exec & { readonly type: 'StepRejected'; readonly code: string })
  | (Exec & { readonly type: 'StepOutcomeUnknown'; readonly reason: UnknownReason })
  | (Exec & {
      readonly type: 'WaitStarted'
      readonly event: string
      readonly value: string
      readonly dueAtMs: number
    })
  | (Exec & {
      readonly type: 'SignalReceived'
      readonly eventId: string
      readonly data: Json
      readonly schemaVersion: number
    })
  | (Exec & { readonly type: 'WaitTimedOut'; readonly continues: boolean })
  | (Given & { readonly type: 'CancelRequested' })
  | { readonly type: 'CompensationStarted'; readonly cause: FailureCause }
  | (Requested & { readonly type: 'UndoRequested'; readonly undoes: string; readonly of: 'done' | 'unknown' })
  | (Retried & { readonly type: 'UndoRetried' })
  | (AttemptFailed & { readonly type: 'UndoAttemptFailed' })
  | (Exec & { readonly type: 'UndoSucceeded' })
  /** The command of `.failed` was answered. */
  | (Exec & { readonly type: 'FailureRecorded' })
  /** A step that was given up turns out to have happened. */
  | (Exec & { readonly type: 'LateReply'; readonly output?: Json })
  | { readonly type: 'SagaOverdue' }
  | { readonly type: 'SagaStuck'; readonly step: string; readonly action: SagaAction; readonly reason: string }
  | (Given & { readonly type: 'OperatorActed'; readonly action: OperatorAction })
  /** Nothing was done; whoever has given the order finds here why. */
  | (Given & { readonly type: 'OrderRefused'; readonly action: OrderedAction; readonly reason: string })
  | { readonly type: 'SagaCompleted' }
  | { readonly type: 'SagaCompensated' }
  | { readonly type: 'SagaTerminated'; readonly debts: readonly string[] }

interface Exec {
  readonly step: string
  readonly execId: number
}

interface Requested extends Exec {
  readonly key: string
  readonly command: string | null
  readonly data: Json
  readonly attemptDueAtMs: number
}

interface Retried extends Exec {
  readonly attempt: number
  readonly attemptDueAtMs: number
}

interface AttemptFailed extends Exec {
  readonly attempt: number
  readonly error: AttemptError
  /** Null for the last attempt. */
  readonly retryAtMs: number | null
}

/** Why an attempt failed. */
export interface AttemptError {
  readonly kind: 'timeout' | 'error' | 'crash' | 'refused'
  readonly message: string
  /** The code of a refusal that is asked again. */
  readonly code?: string
}
