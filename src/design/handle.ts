import type { AggregateDef } from './aggregate.ts'
import type { Rejection } from './decision.ts'
import type { AnyCommand } from './definition.ts'
import type { CommandEffects } from './effects.ts'
import type { CommandMessage, EventMessage } from './message.ts'

/** Any command handler, with what the runtime needs of it. */
export interface AnyHandler {
  readonly kind: 'handler'
  /** The type of the command. */
  readonly command: string
  readonly '~commands': string
  readonly '~view': never
  readonly definition: AnyCommand
  /** Whether its effects reach beyond the store. */
  readonly outside: boolean
  run(data: any, context: any): Promise<unknown>
}

/** A command handler with effects. */
export interface HandlerDef<C extends string> extends AnyHandler {
  readonly command: C
  readonly '~commands': C
}

/**
 * One stream inside the unit of work of a handler. What is recorded here is seen by later calls and committed at the
 * end.
 */
export interface Loaded<S, E extends string, C extends string> {
  readonly state: S
  readonly version: number
  /** Lets the aggregate decide. A refusal comes back as a value (`isRejection`) and records nothing. */
  execute<N extends C, R, X extends string>(command: CommandMessage<N, unknown, R, X>): R | Rejection<X>
  /** Records events without a decision. */
  append(...events: readonly EventMessage<E>[]): void
}

/** What a command handler gets beside the data. */
export interface HandleContext extends CommandEffects {
  /** Loads a stream of an aggregate of this service; its version is the expectation of whatever is recorded. */
  load<S, E extends string, C extends string>(
    aggregate: AggregateDef<string, S, E, C>,
    id: string,
  ): Promise<Loaded<S, E, C>>
  /**
   * Records events for a stream that is not read, whatever its version: for facts that no decision stands behind.
   * Such units do not conflict, so busy streams stay cheap; never use it where an invariant depends on the state.
   */
  append<S, E extends string, C extends string>(
    aggregate: AggregateDef<string, S, E, C>,
    id: string,
    ...events: readonly EventMessage<E>[]
  ): void
}

/** A conditional type as a whole, so that literals in the handler's result survive. */
type Run<C extends AnyCommand> = C extends unknown
  ? (command: C['~data'], context: HandleContext) => Promise<C['~reply'] | Rejection<C['~refusals']>>
  : never

/**
 * Declares a handler with effects: it reads, may load several streams, and everything that it records (events of
 * several streams, SQL, messages) commits as one unit. It runs again after a conflict, so effects outside must use
 * `key`. It answers the reply of the command, or a refusal made by `reject`.
 *
 * Say `outside` where its effects reach beyond the store, for example to a payment provider: what was begun there may
 * have happened although nothing is recorded here. As a step of a saga it is then asked however late it comes, and as
 * an undo it is carried out even if its step has left no trace; the party outside has to know both by a key, and must
 * do nothing for a step whose undo came first. A refusal is the party's last word about that key: no earlier attempt
 * may take effect after it. As a pivot it may take effect after its deadline, since nobody can say that it has expired.
 */
export function handle<C extends AnyCommand>(
  command: C,
  run: Run<C>,
  { outside = false }: { readonly outside?: boolean } = {},
): HandlerDef<C['type']> {
  const handler = { kind: 'handler', command: command.type, definition: command, outside, run }
  return Object.freeze(handler) as unknown as HandlerDef<C['type']>
}
