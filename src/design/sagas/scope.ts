import type { Timestamp } from '../../schema/field.ts'

/** Why nobody knows whether a step took effect: it may have. */
export type UnknownReason = 'timeout' | 'error' | 'crash' | 'cancelled'

/** How a step ended, as its undo sees it. An undo must bear all three: an unknown outcome may be an effect. */
export type Settled<O> =
  | { readonly status: 'done'; readonly output: O }
  | { readonly status: 'unknown'; readonly reason: UnknownReason }
  | { readonly status: 'failed'; readonly code: string }

/** What the functions of a saga see. They are called, never replayed, so they may do what they like with it. */
export interface Scope<I, D> {
  /** The data of the event that started the saga, in today's schema version. */
  readonly input: I
  /** Outputs of the steps that are done, by name. */
  readonly steps: D
  /** `<saga name>/<id>`. */
  readonly sagaId: string
  /** When the function is called. */
  readonly now: Timestamp
}

/** What an undo sees: how its step ended, too. */
export interface UndoScope<I, D, O> extends Scope<I, D> {
  readonly of: Settled<O>
}

/** What a function of a step gets beside the scope. */
export interface StepMeta {
  readonly step: string
  /** From 1. */
  readonly attempt: number
  /** The same for every attempt: pass it on as idempotency key. */
  readonly key: string
  /** Aborted when the attempt has lasted too long or the saga has moved to another owner. */
  readonly signal: AbortSignal
}

/**
 * Why a saga is compensated: where it was, and a refusal code, `timeout`, `error`, `crash`, `deadline` or `cancelled`.
 */
export interface FailureCause {
  readonly step: string
  readonly reason: string
}
