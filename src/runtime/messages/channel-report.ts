import { errorText } from '../../base/error-text.ts'
import type { Graph } from '../../design/graph.ts'
import type { PartitionBounds } from '../../ports/broker.ts'
import type { Store } from '../../ports/store.ts'

/** A channel of a system, and what its broker says of it. */
export interface ChannelReport {
  readonly channel: string
  readonly kind: 'events' | 'commands' | 'replies'
  readonly service: string
  readonly format: string
  /** The types of messages that it brings, or whose replies it brings. */
  readonly carries: readonly string[]
  /** The offsets of its partitions; where messages are gone once they were read, from 0 to how many wait. */
  readonly partitions: readonly PartitionBounds[]
  /** Why the broker tells nothing; undefined where it does. */
  readonly problem?: string
}

/** Every channel that a system declares or that follows from its services, in the order of names. */
export async function channelReports(
  { broker }: Pick<Store, 'broker'>,
  graph: Graph | undefined,
): Promise<readonly ChannelReport[]> {
  const declared = [...(graph?.channels.values() ?? [])].map(({ definition, service }) => {
    const { name: channel, format, carries } = definition
    return { channel, kind: 'events' as const, service, format, carries: carries.map(({ type }) => type) }
  })
  const derived = [...(graph?.derivedChannels.values() ?? [])].map(({ name, kind, service, carries, tunedBy }) => {
    const format = tunedBy?.format ?? 'json'
    return { channel: name, kind, service, format, carries: carries.map(({ type }) => type) }
  })
  const all = [...declared, ...derived].sort((a, b) => (a.channel < b.channel ? -1 : 1))
  return Promise.all(all.map(async (each) => ({ ...each, ...(await boundsIn(broker, each.channel)) })))
}

async function boundsIn(
  broker: Store['broker'],
  channel: string,
): Promise<Pick<ChannelReport, 'partitions' | 'problem'>> {
  if (broker === null)
    return { partitions: [], problem: 'The store has no broker, and another one was not opened here.' }
  try {
    return { partitions: await broker.bounds(channel) }
  } catch (error) {
    return { partitions: [], problem: errorText(error) }
  }
}
