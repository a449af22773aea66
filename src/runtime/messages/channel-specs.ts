import { durationMs, type Duration } from '../../base/duration.ts'
import type { AnyChannel } from '../../design/channel.ts'
import type { Graph } from '../../design/graph.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import { refeedOwners, refeedRequestConsumer, refeedRequests } from './refeed-names.ts'

/** The parts that may send a command or answer one; what they send is known only when they run. */
const sending: ReadonlySet<string> = new Set(['handler', 'subscription', 'saga', 'process'])

/** Whether anything may be sent in a system: one service of aggregates and views alone needs no messages. */
export function usesMessages(graph: Graph): boolean {
  const services = [...graph.services.values()]
  return (
    services.length > 1 ||
    services.some(({ parts, publishes }) => publishes.length > 0 || parts.some(({ kind }) => sending.has(kind)))
  )
}

/** How many partitions a channel has that does not say, and how long it keeps messages. */
const usualPartitions = 4
const usualRetention: Duration = '7d'

/**
 * The channels that the services of a process write or read: those that they publish or read, and the derived ones of
 * commands and replies, of every service, since any of them may be sent to.
 */
export function channelSpecs(graph: Graph, services: ReadonlySet<string>): readonly ChannelSpec[] {
  const used = [
    ...[...graph.channels.values()].filter(({ service }) => services.has(service)).map(({ definition }) => definition),
    ...[...graph.feeds.values()]
      .filter(({ service }) => services.has(service))
      .flatMap(({ feeds }) => feeds.flatMap(({ channel }) => channel ?? [])),
  ]
  const groups = groupsByChannel(graph)
  const specs = new Map(used.map((channel) => [channel.name, declared(channel)]))
  for (const { name, tunedBy } of graph.derivedChannels.values())
    specs.set(
      name,
      tunedBy === undefined
        ? { name, partitions: usualPartitions, retentionMs: durationMs(usualRetention) }
        : declared(tunedBy),
    )
  for (const owner of refeedOwners(graph)) {
    const name = refeedRequests(owner)
    specs.set(name, { name, partitions: 1, retentionMs: durationMs(usualRetention) })
  }
  return [...specs.values()].map((spec) => ({ ...spec, groups: groups.get(spec.name) ?? [] }))
}

/** A derived channel on which the events of a channel are sent again for one group; it is kept until it is removed. */
export function refeedSpec(channel: AnyChannel, name: string, group: string): ChannelSpec {
  return { ...declared(channel), name, retentionMs: undefined, groups: [group] }
}

/**
 * The groups of all services of a system, also of those that run elsewhere or have not begun yet: what is sent before
 * they begin is for them too. Their names are those of the consumers.
 */
function groupsByChannel(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const { feeds, derivedChannels } = graph
  const groups = [...feeds.values()].flatMap(({ kind, name, service, feeds: sources }) =>
    sources.flatMap(({ channel, source }, index) => {
      if (channel === undefined || kind === 'projection') return []
      const reader = `${service}/${kind}:${name}`
      if (kind === 'subscription') return { channel: channel.name, group: index === 0 ? reader : `${reader}@${source}` }
      return { channel: channel.name, group: `${reader}<${source}` }
    }),
  )
  const derived = [...derivedChannels.values()].map(({ name, service, kind }) => {
    return { channel: name, group: `${service}/${kind}` }
  })
  const requests = [...refeedOwners(graph)].map((owner) => {
    return { channel: refeedRequests(owner), group: refeedRequestConsumer(owner) }
  })
  const grouped = Map.groupBy([...groups, ...derived, ...requests], ({ channel }) => channel)
  return new Map([...grouped].map(([channel, list]) => [channel, list.map(({ group }) => group)]))
}

function declared({ name, kafka, rabbitmq, retention = usualRetention }: AnyChannel): ChannelSpec {
  const { partitions = usualPartitions, ...topic } = kafka
  return { name, partitions, retentionMs: durationMs(retention), kafka: topic, rabbitmq }
}
