import type { AnyAggregate } from '../aggregate.ts'
import type { AnyChannel } from '../channel.ts'
import type { AnyEvent, AnyMessage } from '../definition.ts'
import type { AnyHandler } from '../handle.ts'
import type { AnyProcess } from '../sagas/process.ts'
import type { AnyProjection } from '../projection.ts'
import type { AnySaga } from '../sagas/definition.ts'
import type { AnyPart, AnyService } from '../service.ts'
import type { AnySubscription } from '../subscription.ts'
import { messagesOfSaga } from './saga-messages.ts'

/**
 * Everything that the services of a system declare, in flat lists: what rules look at and what the graph is made of.
 */
export interface Composition {
  readonly system: string
  readonly services: readonly AnyService[]
  readonly aggregates: readonly Placed<AnyAggregate>[]
  readonly handlers: readonly Placed<AnyHandler>[]
  readonly projections: readonly Placed<AnyProjection>[]
  readonly subscriptions: readonly Placed<AnySubscription>[]
  readonly sagas: readonly Placed<AnySaga>[]
  readonly processes: readonly Placed<AnyProcess>[]
  readonly channels: readonly Placed<AnyChannel>[]
  /** Second and later places of a part; the lists above have the first. */
  readonly repeated: readonly Placed<unknown>[]
  /** Parts that are none of the above: unfinished chains and foreign values. */
  readonly others: readonly Placed<unknown>[]
}

/** A declaration with its place. */
export interface Placed<D> {
  readonly definition: D
  readonly service: string
  /** For messages: `service orders, projection orders`. */
  readonly where: string
}

/** Sorts the parts of services by kind. Accepts anything, so that a wrong part becomes a finding and not a crash. */
export function partsOf(system: string, services: readonly AnyService[]): Composition {
  const known = services.filter(isService)
  const all = known.flatMap((service) => service.parts.map((part) => placed(service, part)))
  const firsts = new Map(all.toReversed().map((each) => [each.definition as unknown, each]))
  const parts = all.filter((each) => firsts.get(each.definition) === each)
  const of = <K extends AnyPart['kind']>(kind: K) =>
    parts.filter(({ definition }) => kindOf(definition) === kind) as readonly Placed<unknown>[] as readonly Placed<
      Extract<AnyPart, { kind: K }>
    >[]
  const kinds: readonly unknown[] = ['aggregate', 'handler', 'projection', 'subscription', 'saga', 'process']
  return Object.freeze({
    system,
    services: Object.freeze(known),
    aggregates: of('aggregate'),
    handlers: of('handler'),
    projections: of('projection'),
    subscriptions: of('subscription'),
    sagas: of('saga'),
    processes: of('process'),
    channels: known.flatMap((service) => service.publishes.map((channel) => placed(service, channel))),
    repeated: all.filter((each) => firsts.get(each.definition) !== each),
    others: [
      ...parts.filter(({ definition }) => !kinds.includes(kindOf(definition))),
      ...services
        .filter((value) => !isService(value))
        .map((definition) => ({ definition, service: '', where: `system ${system}` })),
    ],
  })
}

/** Every use of a message by a declaration. */
export function usesOf(composition: Composition): readonly { readonly message: AnyMessage; readonly where: string }[] {
  const { aggregates, handlers, projections, subscriptions, sagas, processes, channels } = composition
  const uses = (where: string, messages: readonly AnyMessage[]) => messages.map((message) => ({ message, where }))
  return [
    ...aggregates.flatMap(({ definition, where }) => uses(where, [...definition.events, ...definition.commands])),
    ...handlers.flatMap(({ definition, where }) => uses(where, [definition.definition])),
    ...projections.flatMap(({ definition, where }) => uses(where, definition.from)),
    ...subscriptions.flatMap(({ definition, where }) => uses(where, eventsOf(definition))),
    ...sagas.flatMap(({ definition, where }) => uses(where, messagesOfSaga(definition))),
    ...processes.flatMap(({ definition, where }) => uses(where, eventsOfProcess(definition))),
    ...channels.flatMap(({ definition, where }) => uses(where, definition.carries)),
  ]
}

/** The events that a subscription reads, from the store or from a channel. */
export function eventsOf({ from }: AnySubscription): readonly AnyEvent[] {
  if (!isChannel(from)) return from
  return from.carries.filter((message): message is AnyEvent => message.kind === 'event')
}

/** The events that a process reacts to. */
export function eventsOfProcess({ reactions }: AnyProcess): readonly AnyEvent[] {
  return reactions.map(({ event }) => event)
}

/** The services that emit events, by type. */
export function emittersOf({ aggregates }: Composition): ReadonlyMap<string, string> {
  return new Map(
    aggregates.flatMap(({ definition, service }) => definition.events.map(({ type }) => [type, service] as const)),
  )
}

/** Whether the source of a subscription is a channel. */
export function isChannel(source: AnySubscription['from']): source is AnyChannel {
  return kindOf(source) === 'channel'
}

function placed<D>(service: AnyService, definition: D): Placed<D> {
  return { definition, service: service.name, where: `service ${service.name}, ${nameOf(definition)}` }
}

function nameOf(definition: unknown): string {
  const { kind, name, command } = Object(definition) as { kind?: unknown; name?: unknown; command?: unknown }
  if (typeof kind !== 'string') return `a part that is ${definition === null ? 'null' : `a ${typeof definition}`}`
  return `${kind.startsWith('a') && kind.includes(' ') ? 'part' : kind} ${String(name ?? command)}`
}

function kindOf(definition: unknown): unknown {
  return (Object(definition) as { kind?: unknown }).kind
}

function isService(value: unknown): value is AnyService {
  return kindOf(value) === 'service'
}
