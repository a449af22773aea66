import type { Data, In, InOf, OutOf, Shape, Timestamp } from '../schema/field.ts'
import type { AnyEvent } from './definition.ts'
import type { EventMessage } from './message.ts'
import { eventHistory } from './event-history.ts'

/** What a constructor of events takes beside the data. */
export interface EventOptions {
  /** Business time; left out, it is the time of the command. */
  readonly occurredAt?: Timestamp
}

/**
 * An event definition is the constructor of its messages. Calling it checks the data (every issue at once; unknown
 * fields are refused), fills in defaults, brings values into their canonical form and freezes them. Error:
 * EW_VALIDATION.
 */
export interface EventDef<N extends string, D> extends AnyEvent, NextVersion {
  <X extends InOf<D>>(data: Exact<X, InOf<D>, N>, options?: EventOptions): EventMessage<N, OutOf<D>>
  readonly type: N
  readonly '~data': OutOf<D>
}

/**
 * The method that every event definition has. It stands apart and names the definition by `this`, so that the compiler
 * keeps one generic signature for all events instead of making one for each: half the cost of a message with versions.
 */
export interface NextVersion {
  /**
   * The next schema version: its fields, and the upcaster that makes its data from the previous version's.
   * Answers a new definition, the one to use from now on; this one goes on making messages of the old version.
   */
  next<N extends string, D, S extends Shape>(
    this: EventDef<N, D>,
    fields: S,
    upcast: Upcast<OutOf<D>, S>,
  ): EventDef<N, Data<S>>
}

/** Data of a message definition: `DataOf<typeof OrderCreated>`. */
export type DataOf<M extends { readonly '~data': unknown }> = M['~data']

/**
 * Refuses fields that `I` does not have. A spread escapes TypeScript's own check for unknown fields, and the
 * constructors refuse those at run time.
 */
export type Exact<X, I, N extends string> =
  keyof X extends KeysOfUnion<I> ? X : NoSuchField<Exclude<keyof X, KeysOfUnion<I>>, N>

/** The name is the error message. */
export interface NoSuchField<Field extends PropertyKey, N extends string> {
  readonly '~no': Field
  readonly '~in': N
}

type KeysOfUnion<X> = X extends unknown ? keyof X : never

/**
 * A conditional type as a whole: it is resolved before the callback is checked, so that literals in its result survive.
 */
type Upcast<D, S extends Shape> = S extends unknown ? (previous: D) => In<S> : never

/** Declares an event: its name, unique in the system, and the fields of schema version 1. */
export function event<const N extends string, S extends Shape>(name: N, fields: S): EventDef<N, Data<S>> {
  return eventHistory(name, fields) as unknown as EventDef<N, Data<S>>
}
