import type { Graph } from '../../design/graph.ts'
import { viewChannelOf } from '../../design/view-channel.ts'

/** The channel on which a service is asked to send the events of a channel again. */
export function refeedRequests(owner: string): string {
  return `${owner}.refeeds`
}

/** The consumer that takes these requests. */
export function refeedRequestConsumer(owner: string): string {
  return `${owner}/refeeds`
}

/** The consumer that sends events again on a derived channel. */
export function refeedSender(owner: string, refeed: string): string {
  return `${senders(owner)}${refeed}`
}

/** The derived channel that a consumer of a service sends on; undefined for another consumer. */
export function refeedOfSender(owner: string, consumer: string): string | undefined {
  return consumer.startsWith(senders(owner)) ? consumer.slice(senders(owner).length) : undefined
}

/** A derived channel for one generation of a view; `token` keeps it apart from those of a store that was lost. */
export function refeedName(channel: string, view: string, generation: number, token: string): string {
  return `${channel}${infix}${view}.${generation}-${token}`
}

/** The channel whose events a derived one brings again; undefined for a name of another kind. */
export function channelOfRefeed(refeed: string): string | undefined {
  // A view has no dot in its name.
  const at = refeed.lastIndexOf(infix)
  return at <= 0 ? undefined : refeed.slice(0, at)
}

/** The services that a view of another service may ask, in the order of the design. */
export function refeedOwners(graph: Graph): ReadonlySet<string> {
  return new Set([...graph.projections.keys()].flatMap((view) => viewChannelOf(graph, view)?.owner ?? []))
}

const infix = '.refeed.'

function senders(owner: string): string {
  return `${owner}/refeed:`
}
