import type { Data, InOf, Out, OutOf, Shape } from '../schema/field.ts'
import type { AnyCommand } from './definition.ts'
import type { Exact } from './event.ts'
import type { CommandMessage } from './message.ts'
import { commandDefinition } from './command-definition.ts'

/**
 * A command definition is the constructor of its messages: it checks, fills in defaults, canonicalises and freezes.
 * Error: EW_VALIDATION. `R` is the reply (void without one), `E` the refusals that it declares.
 */
export interface CommandDef<N extends string, D, R = void, E extends string = never> extends AnyCommand, CommandTerms {
  <X extends InOf<D>>(data: Exact<X, InOf<D>, N>): CommandMessage<N, OutOf<D>, R, E>
  readonly type: N
  readonly '~data': OutOf<D>
  readonly '~in': InOf<D>
  readonly '~reply': R
  readonly '~refusals': E
}

/** The methods that every command definition has; apart and with `this` for the reason that `NextVersion` gives. */
export interface CommandTerms {
  /** The same command with a reply: whoever handles it answers `reply(data, …events)`. */
  replies<N extends string, D, R, E extends string, S extends Shape>(
    this: CommandDef<N, D, R, E>,
    reply: S,
  ): CommandDef<N, D, Out<S>, E>
  /** The same command with these refusals, the only ones that `reject` may name. */
  refuses<N extends string, D, R, E extends string, const C extends string>(
    this: CommandDef<N, D, R, E>,
    ...codes: readonly C[]
  ): CommandDef<N, D, R, C>
}

/** Declares a command: its name, unique in the system, and its fields. */
export function command<const N extends string, S extends Shape>(name: N, fields: S): CommandDef<N, Data<S>> {
  return commandDefinition(name, fields) as unknown as CommandDef<N, Data<S>>
}
