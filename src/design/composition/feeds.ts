import type { AnyChannel } from '../channel.ts'
import type { AnyEvent } from '../definition.ts'
import { isStoreSource, storeSources } from '../sources.ts'
import { channelViewFindings } from './channel-views.ts'
import type { Finding } from './finding.ts'
import { emittersOf, eventsOf, eventsOfProcess, isChannel, type Composition, type Placed } from './parts.ts'
import { eventsOfSaga } from './saga-messages.ts'

/** What reads events. */
export type ReaderKind = 'projection' | 'subscription' | 'saga' | 'process'

/** A part that reads events, and where each of them comes from. */
export interface ReaderFeeds {
  readonly kind: ReaderKind
  readonly name: string
  readonly service: string
  /** The log first; each event is in one feed. */
  readonly feeds: readonly EventFeed[]
}

/** One source of a reader, with a position of its own: order holds inside it, not between two of them. */
export interface EventFeed {
  /** `log` for the store, otherwise the name of the channel. */
  readonly source: string
  /** Undefined for the log. */
  readonly channel: AnyChannel | undefined
  /** What the reader takes from it. */
  readonly events: readonly AnyEvent[]
}

/**
 * Where every reader gets its events: those of its own service from the store, those of any other from a channel of
 * that service, in one process exactly as apart. A subscription that names a channel gets everything from it. Of
 * several channels the one that carries most of what is still missing is taken, the one published first among equals.
 */
export function feedsOf(composition: Composition): readonly ReaderFeeds[] {
  return readersOf(composition).map((reader) => {
    const { kind, name, service } = reader
    return Object.freeze({ kind, name, service, feeds: Object.freeze(sourced(composition, reader).feeds) })
  })
}

/** Events that reach no reader because nothing brings them. */
export function feedFindings(composition: Composition): readonly Finding[] {
  return [
    ...readersOf(composition).flatMap((reader) =>
      sourced(composition, reader).missing.map(({ type }) => {
        const owner = emittersOf(composition).get(type)!
        return {
          code: 'event-of-other-service',
          where: reader.where,
          what: `The event ${type} belongs to the service ${owner}, which publishes it on no channel.`,
          remedy: `Let ${owner} publish a channel that carries ${type}, or move this part into ${owner}.`,
        }
      }),
    ),
    ...viewsOfOthers(composition),
    ...namedAsTheStore(composition),
  ]
}

interface Reader {
  readonly kind: ReaderKind
  readonly name: string
  readonly service: string
  readonly where: string
  readonly events: readonly AnyEvent[]
  /** The channel that it names itself. */
  readonly channel: AnyChannel | undefined
}

function readersOf({ projections, subscriptions, sagas, processes }: Composition): readonly Reader[] {
  const reader = (
    kind: ReaderKind,
    { definition: { name }, service, where }: Placed<{ readonly name: string }>,
    events: readonly AnyEvent[],
    channel?: AnyChannel,
  ): Reader => ({ kind, name, service, where, events, channel })
  return [
    ...projections.map((placed) => reader('projection', placed, placed.definition.from)),
    ...subscriptions.map((placed) => {
      const { from } = placed.definition
      return reader('subscription', placed, eventsOf(placed.definition), isChannel(from) ? from : undefined)
    }),
    ...sagas.map((placed) => reader('saga', placed, eventsOfSaga(placed.definition))),
    ...processes.map((placed) => reader('process', placed, eventsOfProcess(placed.definition))),
  ]
}

function sourced(
  composition: Composition,
  { events, channel, service }: Pick<Reader, 'events' | 'channel' | 'service'>,
): { readonly feeds: EventFeed[]; readonly missing: readonly AnyEvent[] } {
  const distinct = [...new Map(events.map((event) => [event.type, event])).values()]
  if (channel !== undefined) return { feeds: [feed(channel, distinct)], missing: [] }
  const emitters = emittersOf(composition)
  const own = distinct.filter(({ type }) => emitters.get(type) === service)
  const feeds = own.length === 0 ? [] : [feed(undefined, own)]
  // An event that nobody emits is a finding of its own.
  let missing = distinct.filter(({ type }) => emitters.has(type) && emitters.get(type) !== service)
  while (missing.length > 0) {
    const best = mostOf(missing, composition, emitters)
    if (best === undefined) break
    feeds.push(best)
    missing = missing.filter((event) => !best.events.includes(event))
  }
  return { feeds, missing }
}

function mostOf(
  wanted: readonly AnyEvent[],
  { channels }: Composition,
  emitters: ReadonlyMap<string, string>,
): EventFeed | undefined {
  let best: EventFeed | undefined
  for (const channel of new Set(channels.map(({ definition }) => definition))) {
    const publishers = channels.filter(({ definition }) => definition === channel).map(({ service }) => service)
    const carried = new Set(channel.carries.map(({ type }) => type))
    const events = wanted.filter(({ type }) => carried.has(type) && publishers.includes(emitters.get(type)!))
    if (events.length > (best?.events.length ?? 0)) best = feed(channel, events)
  }
  return best
}

function feed(channel: AnyChannel | undefined, events: readonly AnyEvent[]): EventFeed {
  return Object.freeze({ source: channel?.name ?? storeSources.log, channel, events: Object.freeze([...events]) })
}

function viewsOfOthers(composition: Composition): readonly Finding[] {
  return composition.projections.flatMap((placed) => {
    const { definition: projection, service, where } = placed
    const { feeds } = sourced(composition, { events: projection.from, channel: undefined, service })
    return channelViewFindings(composition, { projection, where, feeds })
  })
}

function namedAsTheStore({ channels }: Composition): readonly Finding[] {
  return channels
    .filter(({ definition: { name } }) => isStoreSource(name))
    .map(({ where, definition: { name } }) => ({
      code: 'name-taken',
      where,
      what: `Consumers call a part of the store itself ${name}.`,
      remedy: 'Rename the channel.',
    }))
}
