import type { AnyCommand, AnyEvent } from '../definition.ts'
import type { CommandMessage } from '../message.ts'
import type { Objectives } from '../objectives.ts'
import type { FailureCause } from './scope.ts'

/** Any saga, with what the runtime and the architect need of it. */
export interface AnySaga {
  readonly kind: 'saga'
  /** The category of its streams. */
  readonly name: string
  readonly '~commands': never
  readonly '~view': never
  /** Recorded in every instance; a process that does not have it leaves the instance alone. */
  readonly version: number
  readonly startedBy: AnyEvent
  /** The id of the instance: a second event with the same id starts nothing. */
  id(data: any): string
  /** From the start; before the pivot it compensates, after it it only alerts. Undefined: none. */
  readonly deadlineMs: number | undefined
  readonly objectives: Objectives | undefined
  /** In order. A list today; a node with branches would be one more kind of step. */
  readonly steps: readonly SagaStep[]
  /** The command that records the failure, after the last undo; undefined where there is nothing to record. */
  readonly recordFailure: ((scope: any, cause: FailureCause) => CommandMessage) | undefined
}

/** A saga in types: the name of the event that starts it and the outputs of its steps. */
export interface SagaDef<N extends string, S extends string, D> extends AnySaga {
  readonly name: N
  readonly '~startedBy': S
  readonly '~steps': D
}

/** Before the pivot steps can be undone; the pivot decides; after it there is only forward. */
export type SagaPhase = 'before' | 'pivot' | 'after'

/** One step of a saga. */
export type SagaStep = CallStep | DoStep | LocalStep | WaitStep

/** A step that does something, in one or more attempts. */
export type ActiveStep = CallStep | DoStep | LocalStep

interface Attempted {
  readonly name: string
  readonly phase: SagaPhase
  readonly attemptTimeoutMs: number
  readonly deadlineMs: number | undefined
  readonly retry: RetryPlan
  /** Undefined for the pivot and what follows it. */
  readonly undo: UndoPlan | undefined
}

/** A command to whoever handles it; the reply is the output. */
export interface CallStep extends Attempted {
  readonly kind: 'call'
  readonly command: AnyCommand
  with(scope: any): unknown
}

/** A function with effects outside: at least once, with a constant key. */
export interface DoStep extends Attempted {
  readonly kind: 'do'
  do(scope: any, meta: any): unknown
}

/** A function whose effects are recorded and commit with the outcome. */
export interface LocalStep extends Attempted {
  readonly kind: 'local'
  do(scope: any, context: any): unknown
}

/** A wait for an event. */
export interface WaitStep {
  readonly kind: 'wait'
  readonly name: string
  readonly phase: SagaPhase
  readonly event: AnyEvent
  by(data: any): string
  correlate(scope: any): string
  readonly withinMs: number
  readonly onTimeout: 'fail' | 'continue'
}

/** How a step is undone. */
export type UndoPlan =
  | { readonly kind: 'call'; readonly command: AnyCommand; with(scope: any): unknown; readonly retry: RetryPlan }
  | { readonly kind: 'do'; undo(scope: any, meta: any): unknown; readonly retry: RetryPlan }
  | { readonly kind: 'local'; undo(scope: any, context: any): unknown; readonly retry: RetryPlan }
  | { readonly kind: 'none'; readonly reason: string }

/** When something is tried again. */
export interface RetryPlan {
  readonly maxAttempts: number | 'forever'
  readonly firstMs: number
  readonly factor: number
  readonly maxMs: number
  /** Refusals that end the step at once; undefined: all of them. */
  readonly finalRefusals: readonly string[] | undefined
}

/** What stands for the command of `recordFailure` where steps are named; no step may be called so. */
export const failedStep = 'failed'
