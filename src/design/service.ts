import type { AnyAggregate } from './aggregate.ts'
import type { AnyChannel } from './channel.ts'
import type { AnyHandler } from './handle.ts'
import type { Part, ViewDecl } from './part.ts'
import type { AnyProcess } from './sagas/process.ts'
import type { AnyProjection } from './projection.ts'
import type { AnySaga } from './sagas/definition.ts'
import type { AnySubscription } from './subscription.ts'
import { frozenList } from './tables.ts'

/** Any part of a service, with what the runtime needs of it. */
export type AnyPart = AnyAggregate | AnyHandler | AnyProcess | AnyProjection | AnySaga | AnySubscription

/** Any service. It owns the commands that its parts handle, the events that its aggregates emit, and its tables. */
export interface AnyService {
  readonly kind: 'service'
  readonly name: string
  readonly '~commands': string
  readonly '~view': any
  readonly parts: readonly AnyPart[]
  readonly publishes: readonly AnyChannel[]
  /** The team that answers for it. */
  readonly owner: string | undefined
}

/** A service: names of its commands and its views are all that its type keeps. */
export interface ServiceDef<N extends string, C extends string, V extends ViewDecl> extends AnyService {
  readonly name: N
  readonly '~commands': C
  readonly '~view': V
}

/** Declares a deployable part of the system. */
export function service<const N extends string, const P extends readonly Part[]>(
  name: N,
  head: {
    readonly parts: P
    readonly publishes?: readonly AnyChannel[]
    readonly owner?: string
  },
): ServiceDef<N, P[number]['~commands'], P[number]['~view']> {
  const { parts, publishes, owner } = head
  return Object.freeze({
    kind: 'service',
    name,
    parts: frozenList<unknown>(parts),
    publishes: frozenList(publishes),
    owner,
  }) as unknown as ServiceDef<N, P[number]['~commands'], P[number]['~view']>
}
