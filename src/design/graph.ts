import type { AnyAggregate } from './aggregate.ts'
import type { AnyChannel } from './channel.ts'
import { derivedChannelsOf, isTuning, type DerivedChannel } from './composition/derived-channels.ts'
import { feedsOf, type ReaderFeeds, type ReaderKind } from './composition/feeds.ts'
import { eventsOf, eventsOfProcess, type Composition, type Placed } from './composition/parts.ts'
import { eventsOfSaga } from './composition/saga-messages.ts'
import type { AnyCommand, AnyEvent } from './definition.ts'
import type { AnyHandler } from './handle.ts'
import type { AnyProcess } from './sagas/process.ts'
import type { AnyProjection } from './projection.ts'
import type { AnySaga } from './sagas/definition.ts'
import type { AnyService } from './service.ts'
import type { AnySubscription } from './subscription.ts'
import { FrozenMap } from './tables.ts'

/** What a system declares, by name, each with the service that owns it. */
export interface Graph {
  readonly services: ReadonlyMap<string, AnyService>
  /** By type. */
  readonly events: ReadonlyMap<string, EventEntry>
  /** By type. */
  readonly commands: ReadonlyMap<string, CommandEntry>
  /** By category. */
  readonly aggregates: ReadonlyMap<string, Owned<AnyAggregate>>
  /** By the name of the view. */
  readonly projections: ReadonlyMap<string, Owned<AnyProjection>>
  readonly subscriptions: ReadonlyMap<string, Owned<AnySubscription>>
  readonly sagas: ReadonlyMap<string, Owned<AnySaga>>
  readonly processes: ReadonlyMap<string, Owned<AnyProcess>>
  /** Channels of events; the log of the service feeds them. */
  readonly channels: ReadonlyMap<string, Owned<AnyChannel>>
  /** Channels of commands and replies, by name. They follow from the parts of the services. */
  readonly derivedChannels: ReadonlyMap<string, DerivedChannel>
  /** Where each reader gets its events from, by kind and name: `saga:order-creation`. */
  readonly feeds: ReadonlyMap<`${ReaderKind}:${string}`, ReaderFeeds>
}

/** A declaration and the service that owns it. */
export interface Owned<D> {
  readonly definition: D
  readonly service: string
}

/** An event and who emits and reads it. */
export interface EventEntry extends Owned<AnyEvent> {
  /** Categories whose streams hold it. */
  readonly aggregates: readonly string[]
  readonly projections: readonly string[]
  readonly subscriptions: readonly string[]
  /** Sagas that it starts or that wait for it. */
  readonly sagas: readonly string[]
  readonly processes: readonly string[]
  readonly channels: readonly string[]
}

/** A command and the part that handles it. */
export interface CommandEntry extends Owned<AnyCommand> {
  readonly part: AnyAggregate | AnyHandler
}

/** The graph of a composition without findings. */
export function graphOf(composition: Composition): Graph {
  const { services, aggregates, projections, subscriptions, sagas, processes } = composition
  const channels = composition.channels.filter(({ definition }) => !isTuning(composition, definition))
  return Object.freeze({
    services: new FrozenMap(services.map((service) => [service.name, service] as const)),
    events: new FrozenMap(eventEntries(composition)),
    commands: new FrozenMap(commandEntries(composition)),
    aggregates: byName(aggregates),
    projections: byName(projections),
    subscriptions: byName(subscriptions),
    sagas: byName(sagas),
    processes: byName(processes),
    channels: byName(channels),
    derivedChannels: new FrozenMap(derivedChannelsOf(composition).map((each) => [each.name, each] as const)),
    feeds: new FrozenMap(feedsOf(composition).map((each) => [`${each.kind}:${each.name}` as const, each] as const)),
  })
}

function byName<D extends { readonly name: string }>(placed: readonly Placed<D>[]): FrozenMap<string, Owned<D>> {
  return new FrozenMap(
    placed.map(({ definition, service }) => [definition.name, Object.freeze({ definition, service })] as const),
  )
}

function eventEntries(composition: Composition): readonly (readonly [string, EventEntry])[] {
  const { aggregates, projections, subscriptions, sagas, processes, channels } = composition
  const projectionsOf = readers(projections, ({ from }) => from)
  const subscriptionsOf = readers(subscriptions, eventsOf)
  const sagasOf = readers(sagas, eventsOfSaga)
  const processesOf = readers(processes, eventsOfProcess)
  const channelsOf = readers(channels, ({ carries }) => carries)
  const aggregatesOf = readers(aggregates, ({ events }) => events)
  const owners = new Map(
    aggregates.flatMap(({ definition, service }) =>
      definition.events.map((event) => [event.type, { definition: event, service }] as const),
    ),
  )
  return [...owners].map(([type, owned]) => [
    type,
    Object.freeze({
      ...owned,
      aggregates: aggregatesOf(type),
      projections: projectionsOf(type),
      subscriptions: subscriptionsOf(type),
      sagas: sagasOf(type),
      processes: processesOf(type),
      channels: channelsOf(type),
    }),
  ])
}

function readers<D extends { readonly name: string }>(
  placed: readonly Placed<D>[],
  sources: (definition: D) => readonly { readonly type: string }[],
): (type: string) => readonly string[] {
  const names = new Map<string, string[]>()
  for (const { definition } of placed) {
    for (const type of new Set(sources(definition).map((source) => source.type)))
      names.set(type, [...(names.get(type) ?? []), definition.name])
  }
  return (type) => Object.freeze(names.get(type) ?? [])
}

function commandEntries({ aggregates, handlers }: Composition): readonly (readonly [string, CommandEntry])[] {
  return [
    ...aggregates.flatMap(({ definition: part, service }) =>
      part.commands.map((definition) => [definition.type, Object.freeze({ definition, service, part })] as const),
    ),
    ...handlers.map(
      ({ definition: part, service }) =>
        [part.command, Object.freeze({ definition: part.definition, service, part })] as const,
    ),
  ]
}
