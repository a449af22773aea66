import { foldIdentity, type AggregateDef, type AnyAggregate } from './aggregate.ts'
import type { Decision } from './decision.ts'
import type { AnyCommand, AnyEvent } from './definition.ts'
import type { Meta } from './meta.ts'
import { definitionList, frozenTable } from './tables.ts'

/** Names of the methods of T that take A and answer R. Conditional as a whole, so that errors print the names. */
export type MethodsOf<T, A extends unknown[], R> = T extends unknown
  ? { [K in keyof T]: T[K] extends (...args: A) => infer X ? ([X] extends [R] ? K : never) : never }[keyof T]
  : never

/**
 * Class style: an aggregate whose state is an instance of a class. `on` names the method that applies each event to the
 * instance, `handles` the method that decides each command; names are checked against the class.
 *
 * The instance is made by `new` for every decision and belongs to it alone.
 */
export function bind<
  T extends object,
  const N extends string,
  const Es extends readonly AnyEvent[],
  const Cs extends readonly AnyCommand[],
>(
  cls: new () => T,
  head: {
    readonly name: N
    readonly events: Es
    readonly commands: Cs
    readonly id: (command: Cs[number]['~data']) => string
    readonly on: { readonly [M in Es[number] as M['type']]: MethodsOf<T, [M['~data'], Meta], void> }
    readonly handles: {
      readonly [M in Cs[number] as M['type']]: MethodsOf<
        T,
        [M['~data']],
        Decision<Es[number]['type'], M['~refusals'], M['~reply']>
      >
    }
  },
): AggregateDef<N, T, Es[number]['type'], Cs[number]['type']> {
  const { name, id } = head
  const events = definitionList<AnyEvent>('event', head.events, `events of aggregate ${name}`)
  const commands = definitionList<AnyCommand>('command', head.commands, `commands of aggregate ${name}`)
  const aggregate: Omit<AnyAggregate, '~commands' | '~view'> = {
    kind: 'aggregate',
    name,
    events,
    commands,
    id,
    initial: () => new cls(),
    evolve: methods(head.on, (method) => (state, data, meta) => {
      state[method](data, meta)
      return state
    }),
    decide: methods(head.handles, (method) => (data, state) => state[method](data)),
    snapshot: undefined,
    mutable: true,
    identity: foldIdentity(name, events, undefined),
  }
  return Object.freeze(aggregate) as unknown as AggregateDef<N, T, Es[number]['type'], Cs[number]['type']>
}

function methods<F>(
  names: { readonly [type: string]: unknown },
  call: (method: string) => F,
): { readonly [type: string]: F } {
  return frozenTable(Object.fromEntries(Object.entries(names).map(([type, name]) => [type, call(String(name))])))
}
