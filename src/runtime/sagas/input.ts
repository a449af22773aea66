import type { Json } from '../../base/json.ts'

/** What an instance is told. Any of them may come twice, late, or in another order than it was caused. */
export type SagaInput =
  /** The starting event; for an instance that exists it is a repeat. */
  | { readonly kind: 'started'; readonly sagaId: string; readonly data: Json; readonly schemaVersion: number }
  /** The answer of a participant, or of a function that ran here. */
  | StepReply
  /** The time that `dueAtMs` names has come. It may be said too early or too often. */
  | { readonly kind: 'due' }
  /** An event that a step waits for, its data in stored form; `value` is what its `by` answers. */
  | {
      readonly kind: 'signal'
      readonly step: string
      readonly value: string
      readonly eventId: string
      readonly data: Json
      readonly schemaVersion: number
    }
  | (Given & { readonly kind: 'cancel' })
  | (Given & { readonly kind: 'operator'; readonly action: OperatorAction })
  /** The instance has come to a new owner: functions that ran with the former one are lost. */
  | { readonly kind: 'restart' }

/** Who has given an order, and why; what becomes of it names all three. */
export interface Given {
  readonly who: string
  readonly why: string
  /** The order's own name. */
  readonly order?: string
}

/** What an instance may be ordered to do. */
export type OrderedAction = OperatorAction | { readonly kind: 'cancel' }

/** An answer to one attempt of one request. */
export interface StepReply {
  readonly kind: 'reply'
  readonly step: string
  readonly action: 'do' | 'undo'
  readonly execId: number
  readonly attempt: number
  readonly result: StepResult
}

/** How an attempt ended. A refusal is definite: nothing happened. A failure is not. */
export type StepResult =
  | { readonly status: 'done'; readonly output?: Json }
  | { readonly status: 'refused'; readonly code: string }
  | { readonly status: 'failed'; readonly error: string }

/** What an operator may do. Forcing a compensation past the pivot and migrating would be further kinds. */
export type OperatorAction =
  /** Try now instead of after the pause; of a stuck instance the same as `resume`. */
  | { readonly kind: 'retry'; readonly step: string }
  /** Leave the stuck state and go on where it stands, with all attempts anew. */
  | { readonly kind: 'resume' }
  /** It was undone by hand. */
  | { readonly kind: 'mark-undone'; readonly step: string }
  /** It was done by hand, with this output. Only in a stuck instance. */
  | { readonly kind: 'skip'; readonly step: string; readonly output?: Json }
  /** Give the instance up; what is neither done to the end nor undone is recorded as its debts. */
  | { readonly kind: 'terminate' }

/** Refusals that the engine's own participants make: they always end a step. */
export const expiredRefusal = 'expired'

/** The refusal of a `do` whose undo came first. */
export const undoneRefusal = 'undone'
