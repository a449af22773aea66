import type { Duration } from '../../schema/field.ts'
import type { AnyEvent } from '../definition.ts'
import type { CommandMessage } from '../message.ts'
import type { Meta } from '../meta.ts'
import { frozenObjectives, type Objectives } from '../objectives.ts'
import { designFailure } from './check.ts'
import { definitionList } from '../tables.ts'

/** Any process manager, with what the runtime needs of it. */
export interface AnyProcess {
  readonly kind: 'process'
  /** The category of its streams. */
  readonly name: string
  readonly '~commands': never
  readonly '~view': never
  /** Recorded in every instance; a process without it leaves the instance alone. */
  readonly version: number
  readonly objectives: Objectives | undefined
  initial(): any
  readonly reactions: readonly ProcessReaction[]
}

/** What a process does about one event. */
export interface ProcessReaction {
  readonly event: AnyEvent
  /** The id of the instance. */
  correlate(data: any): string
  react(state: any, data: any, meta: Meta): Reaction<any>
}

/** What an event leads to; nothing of it is done before it is recorded. */
export interface Reaction<S> {
  /** The next state, JSON; left out, it stays as it is. */
  readonly state?: S
  /** Commands, sent at least once with constant keys. Nobody waits for their replies. */
  readonly send?: readonly CommandMessage[]
  /** Timers by name: a command that is sent later, unless the timer is set again or cancelled before. */
  readonly after?: { readonly [timer: string]: { readonly in: Duration; readonly send: CommandMessage } | 'cancel' }
  /** Ends the instance: its timers are cancelled, later events of it lead to nothing. */
  readonly end?: true
}

/** A process manager. */
export interface ProcessDef<N extends string, S> extends AnyProcess {
  readonly name: N
  readonly '~state': S
  /** The same process with a reaction to one more event. `react` is pure: it is called again after a conflict. */
  on<E extends AnyEvent>(
    event: E,
    correlate: (event: E['~data']) => string,
    react: (state: S, event: E['~data'], meta: Meta) => Reaction<S>,
  ): ProcessDef<N, S>
}

/**
 * Declares a process manager, for choreography: it follows events of many streams, keeps a state for each correlated id
 * and answers with commands and timers. The first event of an id begins its instance with `initial`.
 * Annotate `initial` with the state's type, which must be JSON. Errors: EW_DESIGN.
 */
export function process<const N extends string, S>(
  name: N,
  head: { readonly initial: () => S; readonly version?: number; readonly objectives?: Objectives },
): ProcessDef<N, S> {
  const { initial, version = 1 } = head
  if (typeof initial !== 'function') throw designFailure(`The process ${name} has no function initial.`)
  return chain({ name, version, objectives: frozenObjectives(head.objectives), initial }, []) as ProcessDef<N, S>
}

type Parts = Pick<AnyProcess, 'name' | 'version' | 'objectives' | 'initial'>

function chain(parts: Parts, reactions: readonly ProcessReaction[]): unknown {
  const { name } = parts
  return Object.freeze({
    kind: 'process',
    ...parts,
    reactions: Object.freeze(reactions),
    on(event: AnyEvent, correlate: ProcessReaction['correlate'], react: ProcessReaction['react']) {
      definitionList<AnyEvent>('event', [event], `an event of process ${name}`)
      if (reactions.some((other) => other.event.type === event.type)) {
        throw designFailure(`The process ${name} reacts to ${event.type} already.`)
      }
      if (typeof correlate !== 'function' || typeof react !== 'function') {
        throw designFailure(`The process ${name} needs two functions for ${event.type}: correlate and react.`)
      }
      return chain(parts, [...reactions, Object.freeze({ event, correlate, react })])
    },
  })
}
