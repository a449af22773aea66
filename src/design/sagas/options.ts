import type { Duration } from '../../schema/field.ts'
import type { Rejection } from '../decision.ts'
import type { AnyCommand, AnyEvent } from '../definition.ts'
import type { Retry } from '../effects.ts'
import type { HandleContext } from '../handle.ts'
import type { Scope, StepMeta, UndoScope } from './scope.ts'

/** How a step is tried again. The count of attempts outlives crashes. */
export interface StepRetry<E extends string = string> extends Retry {
  /**
   * Refusals that end the step at once; the others are asked again like failures. Left out, every refusal ends it.
   * A participant keeps only refusals that end a step; the others leave no trace with it.
   */
  readonly nonRetryable?: readonly E[]
}

/** Attempts and deadline of a step before the pivot. */
export interface Timing<E extends string = string> {
  /** One attempt lasts no longer; then the same key is tried again. Default 30 s. */
  readonly attemptTimeout?: Duration
  /** All attempts together last no longer; then the outcome is unknown and the saga is compensated. */
  readonly deadline?: Duration
  readonly retry?: StepRetry<E>
}

/** Attempts of a pivot that runs here: its outcome cannot be given up, so it has no deadline. */
export interface PivotTiming<E extends string = string> {
  readonly attemptTimeout?: Duration
  readonly retry?: StepRetry<E>
}

/** Attempts after the pivot: for ever, so there is no deadline and no number of attempts. */
export interface LastTiming<E extends string = string> {
  readonly attemptTimeout?: Duration
  readonly retry?: EndlessRetry<E>
}

/** Retry without an end. */
export interface EndlessRetry<E extends string = string> {
  readonly initial?: Duration
  readonly factor?: number
  readonly max?: Duration
  readonly nonRetryable?: readonly E[]
}

/** The output of a step whose function answered `O`: a refusal made by `reject` is no output. */
export type Output<O> = O extends Rejection ? never : O

/**
 * A step by any function: at least once, with a constant key. It answers its output, which must be JSON, or
 * `reject(code)`; what it throws is tried again.
 */
export interface Do<I, D, O> {
  readonly do: (scope: Scope<I, D>, meta: StepMeta) => O | Promise<O>
}

/** A step whose effects are recorded and commit together with the fact that it is done: exactly once. */
export interface Local<I, D, O> {
  readonly do: (scope: Scope<I, D>, context: HandleContext) => O | Promise<O>
}

/** A conditional type as a whole, so that literals in the callback's result survive. */
type Make<S, C extends AnyCommand> = C extends unknown ? (scope: S) => C['~in'] : never

/** A step by a command; its output is the reply. */
export interface Call<I, D, C extends AnyCommand> {
  readonly call: C
  readonly with: Make<Scope<I, D>, C>
}

/** Undone by a function, called for `done` and for `unknown` outcomes. */
export interface Undo<I, D, O> {
  readonly undo: (scope: UndoScope<I, D, O>, meta: StepMeta) => unknown
  readonly undoRetry?: Retry
  readonly noUndo?: never
}

/** Undone by recorded effects that commit together with the fact that the step is undone. */
export interface UndoLocal<I, D, O> {
  readonly undo: (scope: UndoScope<I, D, O>, context: HandleContext) => unknown
  readonly undoRetry?: Retry
  readonly noUndo?: never
}

/** Undone by a command. Its participant knows the step by key, so it may come before the step or twice. */
export interface UndoCall<I, D, O, U extends AnyCommand> {
  readonly undoCall: U
  readonly undoWith: Make<UndoScope<I, D, O>, U>
  readonly undoRetry?: Retry
  readonly noUndo?: never
}

/** A step before the pivot says how it is undone, or why it need not be. The name is the error message. */
export interface UndoOrNoUndoIsRequired {
  /** Why nothing has to be undone: `'read-only'`. */
  readonly noUndo: string
  readonly undo?: never
  readonly undoCall?: 'needs undoWith, and excludes noUndo'
  readonly undoWith?: never
}

/** A wait for an event: the one whose `by` equals `correlate`. One that came before the wait counts. */
export interface Wait<I, D, E extends AnyEvent> {
  readonly event: E
  readonly by: (event: E['~data']) => string
  readonly correlate: (scope: Scope<I, D>) => string
  readonly within: Duration
}
