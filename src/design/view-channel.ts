import type { AnyChannel } from './channel.ts'
import type { AnyEvent } from './definition.ts'
import type { Graph } from './graph.ts'

/** The channel that brings a view the events of another service. */
export interface ViewChannel {
  readonly channel: AnyChannel
  /** The service whose log the events come from. */
  readonly owner: string
  /** The service that has the view. */
  readonly service: string
  readonly events: readonly AnyEvent[]
}

/** The channel that feeds a view; undefined for a view of events of its own service. */
export function viewChannelOf(graph: Pick<Graph, 'feeds' | 'events'>, view: string): ViewChannel | undefined {
  const reader = graph.feeds.get(`projection:${view}`)
  const feed = reader?.feeds.find(({ channel }) => channel !== undefined)
  if (reader === undefined || feed?.channel === undefined) return undefined
  const owner = graph.events.get(feed.events[0]!.type)!.service
  return { channel: feed.channel, owner, service: reader.service, events: feed.events }
}
