import type { Schema, Shape } from '../schema/field.ts'
import type { Decision } from './decision.ts'
import type { AnyCommand, AnyEvent } from './definition.ts'
import type { Meta } from './meta.ts'
import type { Unfinished } from './part.ts'
import { shapeCodec, type ShapeCodec } from './shape-codec.ts'
import { hashOf, sourcesOf } from './identity.ts'
import { definitionList, frozenTable } from './tables.ts'

/** Any aggregate, with what the runtime needs of it. */
export interface AnyAggregate {
  readonly kind: 'aggregate'
  /** The category of its streams. */
  readonly name: string
  readonly '~commands': string
  readonly '~view': never
  readonly events: readonly AnyEvent[]
  readonly commands: readonly AnyCommand[]
  /** The id of the stream that a command is for. */
  id(data: any, type?: string): string
  initial(): any
  /** Pure; by event type. */
  readonly evolve: { readonly [type: string]: (state: any, data: any, meta: Meta) => any }
  /** Pure; by command type. Check results with `decision`. */
  readonly decide: { readonly [type: string]: (data: any, state: any) => unknown }
  readonly snapshot: SnapshotPolicy | undefined
  /** Changes when stored folds of this aggregate can no longer be used. */
  readonly identity: string
  /**
   * True for class style: `evolve` changes the state in place, so a folded state serves one decision and is thrown
   * away.
   */
  readonly mutable: boolean
}

/** When a folded state is kept beside its stream. */
export interface SnapshotPolicy {
  /** Keep one after at least this many events. */
  readonly every: number
  readonly version: number
  readonly state: ShapeCodec
}

/** A finished aggregate. Only names are kept in the type: short to print, cheap to compare. */
export interface AggregateDef<N extends string, S, E extends string, C extends string> extends AnyAggregate {
  readonly name: N
  readonly '~state': S
  readonly '~events': E
  readonly '~commands': C
}

/** A schema or a field map for the state of an aggregate. */
export type StateShape<S> = Schema<S, any> | { readonly [K in keyof S]-?: Schema<S[K], any> }

type Evolve<S, E extends AnyEvent> = {
  readonly [M in E as M['type']]: (state: S, event: M['~data'], meta: Meta) => S
}

type Decide<S, N extends string, C extends AnyCommand> = {
  readonly [M in C as M['type']]: (command: M['~data'], state: S) => Decision<N, M['~refusals'], M['~reply']>
}

/** An aggregate without its `evolve`. */
export interface NeedsEvolve<
  N extends string,
  S,
  E extends AnyEvent,
  C extends AnyCommand,
> extends Unfinished<'an aggregate needs .evolve({ … }).decide({ … })'> {
  /** How each event changes the state. Pure, total: it must accept every event that was ever stored. */
  evolve(handlers: Evolve<S, E>): NeedsDecide<N, S, E['type'], C>
}

/** An aggregate without its `decide`. */
export interface NeedsDecide<
  N extends string,
  S,
  E extends string,
  C extends AnyCommand,
> extends Unfinished<'an aggregate needs .decide({ … })'> {
  /** What each command leads to: events, none, or a declared refusal. Pure: it may be called again after a conflict. */
  decide(handlers: Decide<S, E, C>): AggregateDef<N, S, E, C['type']>
}

/**
 * Declares an aggregate: the events of one stream, the commands that decide about it and the state between them.
 * `name` is the category of its streams, `id` names the stream of a command. Annotate `initial` with the state's type.
 *
 * A chain rather than one object, because one literal cannot infer the state and check the handlers' literals as well.
 */
export function aggregate<
  const N extends string,
  const Es extends readonly AnyEvent[],
  const Cs extends readonly AnyCommand[],
  S,
>(
  name: N,
  head: {
    readonly events: Es
    readonly commands: Cs
    readonly id: (command: Cs[number]['~data']) => string
    readonly initial: () => S
    /** Keeps the state after every so many events; raise `version` whenever `evolve` changes its mind. */
    readonly snapshot?: { readonly every: number; readonly state: StateShape<NoInfer<S>>; readonly version: number }
  },
): NeedsEvolve<N, S, Es[number], Cs[number]> {
  const events = definitionList<AnyEvent>('event', head.events, `events of aggregate ${name}`)
  const commands = definitionList<AnyCommand>('command', head.commands, `commands of aggregate ${name}`)
  const snapshot = head.snapshot && {
    ...head.snapshot,
    state: shapeCodec(head.snapshot.state as Shape, `the state of aggregate ${name}`),
  }
  const parts = {
    kind: 'aggregate' as const,
    name,
    events,
    commands,
    id: head.id,
    initial: head.initial,
    snapshot: Object.freeze(snapshot),
    mutable: false,
    identity: foldIdentity(name, events, snapshot),
  }
  return Object.freeze({
    kind: 'an aggregate needs .evolve({ … }).decide({ … })',
    name,
    evolve: (evolve: AnyAggregate['evolve']) =>
      Object.freeze({
        kind: 'an aggregate needs .decide({ … })',
        name,
        decide: (decide: AnyAggregate['decide']) =>
          Object.freeze({ ...parts, evolve: frozenTable(evolve), decide: frozenTable(decide) }),
      }),
  }) as unknown as NeedsEvolve<N, S, Es[number], Cs[number]>
}

/** The hash of the declared parts of a fold; never of function text, which differs between sources and builds. */
export function foldIdentity(name: string, events: readonly AnyEvent[], snapshot: AnyAggregate['snapshot']): string {
  return hashOf({
    name,
    version: snapshot?.version ?? 1,
    state: snapshot?.state.schemaHash ?? null,
    sources: sourcesOf(events),
  })
}
