import type { AnyCommand, AnyEvent } from '../definition.ts'
import type { CommandMessage } from '../message.ts'
import type { SagaDef } from './definition.ts'
import type {
  Call,
  Do,
  LastTiming,
  Local,
  Output,
  PivotTiming,
  Timing,
  Undo,
  UndoCall,
  UndoLocal,
  UndoOrNoUndoIsRequired,
  Wait,
} from './options.ts'
import type { FailureCause, Scope } from './scope.ts'

/** The name of a new step. What is wrong with it is the parameter's type, so that it stands in the error. */
export type Fresh<K extends string, D> = K extends keyof D
  ? `a step named '${K}' exists already`
  : K extends 'failed'
    ? `'failed' names the command that records the failure`
    : K

/** The outputs with one more; flat, so that it prints expanded. */
export type Add<D, K extends string, O> = D extends unknown
  ? { readonly [P in keyof D | K]: P extends keyof D ? D[P] : O }
  : never

/** Every state of the chain is a part; `failed` ends it. */
interface Ending<N extends string, S extends string, I, D> extends SagaDef<N, S, D> {
  /**
   * The command that records the failure, sent after the last undo and again until it is answered; a refusal leaves the
   * saga stuck. Outputs may be absent: their steps may not have happened.
   */
  failed(make: (scope: Scope<I, Partial<D>>, cause: FailureCause) => CommandMessage): SagaDef<N, S, D>
}

/** Steps that are tried until they work: after them there is no way back. */
interface Finishing<N extends string, S extends string, I, D> extends Ending<N, S, I, D> {
  /** A last step by a function: at least once, with a constant key. A refusal leaves the saga stuck. */
  finish<const K extends string, O>(
    name: Fresh<K, D>,
    step: LastTiming & Do<I, D, O>,
  ): AfterPivot<N, S, I, Add<D, K, Output<O>>>
  /** A last step by a command. A refusal leaves the saga stuck. */
  finishCall<const K extends string, C extends AnyCommand>(
    name: Fresh<K, D>,
    step: LastTiming<C['~refusals']> & Call<I, D, C>,
  ): AfterPivot<N, S, I, Add<D, K, C['~reply']>>
  /** A last step by recorded effects: exactly once. A refusal leaves the saga stuck. */
  finishLocal<const K extends string, O>(
    name: Fresh<K, D>,
    step: LastTiming & Local<I, D, O>,
  ): AfterPivot<N, S, I, Add<D, K, Output<O>>>
}

/** A saga whose pivot is declared: it can only be finished. */
export interface AfterPivot<N extends string, S extends string, I, D> extends Finishing<N, S, I, D> {
  /** Waits for an event; when the time is over the saga goes on without it. */
  waitFor<const K extends string, E extends AnyEvent>(
    name: Fresh<K, D>,
    wait: Wait<I, D, E> & { readonly onTimeout: 'continue' },
  ): AfterPivot<N, S, I, Add<D, K, E['~data'] | undefined>>
}

/** A saga without its pivot: every step says how it is undone, or why it need not be. */
export interface BeforePivot<N extends string, S extends string, I, D> extends Finishing<N, S, I, D> {
  /** A step by a function with effects outside: at least once, with a constant key. */
  step<const K extends string, O>(
    name: Fresh<K, D>,
    step: Timing & Do<I, D, O> & (Undo<I, D, Output<NoInfer<O>>> | UndoOrNoUndoIsRequired),
  ): BeforePivot<N, S, I, Add<D, K, Output<O>>>
  /** A step by a command to whoever handles it: effectively once. Its refusals compensate the saga. */
  call<const K extends string, C extends AnyCommand, U extends AnyCommand = never>(
    name: Fresh<K, D>,
    step: Timing<C['~refusals']> & Call<I, D, C> & (UndoCall<I, D, C['~reply'], U> | UndoOrNoUndoIsRequired),
  ): BeforePivot<N, S, I, Add<D, K, C['~reply']>>
  /** A step by recorded effects of this service, which commit with its outcome: exactly once, never unknown. */
  local<const K extends string, O>(
    name: Fresh<K, D>,
    step: Timing & Local<I, D, O> & (UndoLocal<I, D, Output<NoInfer<O>>> | UndoOrNoUndoIsRequired),
  ): BeforePivot<N, S, I, Add<D, K, Output<O>>>
  /** Waits for an event; when the time is over the saga fails, or goes on without it. */
  waitFor<const K extends string, E extends AnyEvent, const T extends 'fail' | 'continue'>(
    name: Fresh<K, D>,
    wait: Wait<I, D, E> & { readonly onTimeout: T },
  ): BeforePivot<N, S, I, Add<D, K, E['~data'] | ('continue' extends T ? undefined : never)>>
  /**
   * The step that decides, by a function. While its outcome is unknown it is asked again; then the saga is stuck. When
   * it refuses, the saga turns back, so by then no earlier attempt with its key may take effect any more.
   */
  pivot<const K extends string, O>(
    name: Fresh<K, D>,
    step: PivotTiming & Do<I, D, O>,
  ): AfterPivot<N, S, I, Add<D, K, Output<O>>>
  /** The step that decides, by a command. After its deadline the participant answers `expired` if it has not acted. */
  pivotCall<const K extends string, C extends AnyCommand>(
    name: Fresh<K, D>,
    step: Timing<C['~refusals']> & Call<I, D, C>,
  ): AfterPivot<N, S, I, Add<D, K, C['~reply']>>
  /** The step that decides, by recorded effects: exactly once, never unknown. */
  pivotLocal<const K extends string, O>(
    name: Fresh<K, D>,
    step: Timing & Local<I, D, O>,
  ): AfterPivot<N, S, I, Add<D, K, Output<O>>>
}
