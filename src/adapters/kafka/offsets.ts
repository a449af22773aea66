import type { Cluster } from './cluster.ts'
import type { Link } from './link.ts'
import { patiently } from './patience.ts'

/** The oldest message that is kept, as a time. */
export const oldest = -2n
/** What comes next: behind the last message that no open transaction holds back. */
export const next = -1n

const readCommitted = 1
const patienceMs = 5_000

/**
 * The offsets of partitions of a channel at a time, `oldest` or `next`; -1 where nothing is as young. Errors:
 * EW_CHANNEL_UNKNOWN.
 */
export function offsetsAt(
  link: Link,
  cluster: Cluster,
  channel: string,
  partitions: readonly number[] | undefined,
  time: bigint,
): Promise<ReadonlyMap<number, number>> {
  const forget = (): void => cluster.forget(channel)
  return patiently(
    patienceMs,
    async () => {
      const { leaders } = await cluster.topic(channel)
      const byLeader = new Map<number, number[]>()
      for (const partition of partitions ?? leaders.keys()) {
        const leader = leaders[partition]!
        const own = byLeader.get(leader)
        if (own === undefined) byLeader.set(leader, [partition])
        else own.push(partition)
      }
      const answers = await Promise.all(
        [...byLeader].map(async ([leader, own]) => {
          const asked = own.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: time }))
          const topics = [{ name: cluster.nameOf(channel), partitions: asked }]
          return link.call(cluster.address(leader), 'calls', 'listOffsets', -1, readCommitted, topics)
        }),
      )
      const found = answers.flatMap(({ topics }) => topics.flatMap((topic) => topic.partitions))
      return new Map(found.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
    },
    forget,
  )
}
