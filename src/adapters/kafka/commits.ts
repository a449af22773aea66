import { systemClock } from '../../base/clock.ts'
import type { Cluster } from './cluster.ts'
import type { Link } from './link.ts'
import type { Address } from './settings.ts'

const everyMs = 1_000
const lastMs = 2_000
const groupKey = 0

/**
 * Tells Kafka how far groups have come, so that its own tools show how far they are behind. Positions are in the store:
 * what fails here is left until the next time.
 */
export class Commits {
  readonly #link: Link
  readonly #cluster: Cluster
  readonly #done = new Map<string, Map<string, Map<number, number>>>()
  readonly #coordinators = new Map<string, Address>()
  #waiting: AbortController | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(link: Link, cluster: Cluster) {
    this.#link = link
    this.#cluster = cluster
  }

  note(group: string, channel: string, partition: number, offset: number): void {
    const channels = this.#done.get(group) ?? new Map<string, Map<number, number>>()
    const partitions = channels.get(channel) ?? new Map<number, number>()
    this.#done.set(group, channels.set(channel, partitions.set(partition, offset)))
    if (this.#waiting !== undefined) return
    const waiting = (this.#waiting = new AbortController())
    void systemClock.sleep(everyMs, waiting.signal).then(async () => {
      if (this.#waiting === waiting) await this.flush()
    })
  }

  /** Sends what was noted. Never rejects, and never waits for long. */
  async flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.abort()
    const noted = [...this.#done]
    this.#done.clear()
    this.#flushing = this.#flushing.then(async () => {
      await Promise.all(noted.map(([group, channels]) => this.#commit(group, channels).catch(() => undefined)))
    })
    const enough = new AbortController()
    await Promise.race([this.#flushing, systemClock.sleep(lastMs, enough.signal)])
    enough.abort()
  }

  async #commit(group: string, channels: ReadonlyMap<string, ReadonlyMap<number, number>>): Promise<void> {
    const name = this.#cluster.nameOf(group)
    try {
      let coordinator = this.#coordinators.get(group)
      if (coordinator === undefined) {
        const answer = await this.#link.call(undefined, 'calls', 'findCoordinator', groupKey, [name])
        coordinator = answer.coordinators[0]!
        this.#coordinators.set(group, coordinator)
      }
      const topics = [...channels].map(([channel, partitions]) => ({
        name: this.#cluster.nameOf(channel),
        partitions: [...partitions].map(([partitionIndex, offset]) => ({
          partitionIndex,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: null,
        })),
      }))
      // As one that is no member: the store says who reads.
      await this.#link.call(coordinator, 'calls', 'offsetCommit', name, -1, '', null, topics)
    } catch (error) {
      this.#coordinators.delete(group)
      throw error
    }
  }
}
