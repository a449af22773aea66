import { durationMs, type Duration } from '../../base/duration.ts'
import type { AnyChannel } from '../../design/channel.ts'
import type { Graph } from '../../design/graph.ts'
import type { ChannelSpec } from '../../ports/broker.ts'

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
  const specs = new Map(used.map((channel) => [channel.name, declared(channel)]))
  for (const { name, tunedBy } of graph.derivedChannels.values())
    specs.set(
      name,
      tunedBy === undefined
        ? { name, partitions: usualPartitions, retentionMs: durationMs(usualRetention) }
        : declared(tunedBy),
    )
  return [...specs.values()]
}

function declared({ name, kafka, retention = usualRetention }: AnyChannel): ChannelSpec {
  return { name, partitions: kafka.partitions ?? usualPartitions, retentionMs: durationMs(retention) }
}
