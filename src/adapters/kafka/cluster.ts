import { channelUnknown, responseOf } from './faults.ts'
import type { Link } from './link.ts'
import { passes, pause } from './patience.ts'
import type { Address } from './settings.ts'

/** A topic as the cluster knows it. */
export interface Topic {
  /** The broker that leads each partition; -1: none does now. */
  readonly leaders: readonly number[]
  readonly untilMs: number
}

type MetadataAnswer = Awaited<ReturnType<Link['metadata']>>

const unknownTopic = 3
const trustMs = 30_000
// A broker that was not asked to make a topic hears of it a little later.
const settleMs = 2_000

/** Which topics there are and which broker leads which partition, asked anew when something fails. */
export class Cluster {
  readonly #link: Link
  readonly #prefix: string
  readonly #topics = new Map<string, Topic>()
  readonly #asking = new Map<string, Promise<Topic>>()
  /** Channels that were there when this process last made sure of them. */
  readonly #ensured = new Set<string>()
  #brokers: ReadonlyMap<number, Address> = new Map()

  constructor(link: Link, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  /** The name that a channel has as a topic. */
  nameOf(channel: string): string {
    return `${this.#prefix}${channel}`
  }

  /** The channel of a topic. */
  channelOf(name: string): string {
    return name.slice(this.#prefix.length)
  }

  /** Error: EW_CHANNEL_UNKNOWN. */
  async topic(channel: string): Promise<Topic> {
    const known = this.#topics.get(channel)
    if (known !== undefined && known.untilMs > performance.now()) return known
    let asking = this.#asking.get(channel)
    if (asking === undefined) {
      asking = this.#settled(channel).finally(() => this.#asking.delete(channel))
      this.#asking.set(channel, asking)
    }
    return asking
  }

  /** Where the leader of a partition is. Rejects in a way that passes where none is. Error: EW_CHANNEL_UNKNOWN. */
  async leader(channel: string, partition: number): Promise<Address> {
    const { leaders } = await this.topic(channel)
    const leader = leaders[partition]
    if (leader === undefined) throw channelUnknown(channel, partition)
    return this.address(leader)
  }

  /** Where a broker is. Rejects in a way that passes while it is not there. */
  address(node: number): Address {
    const address = this.#brokers.get(node)
    if (address === undefined) throw new Error(node < 0 ? 'The partition has no leader' : `The broker ${node} is away`)
    return address
  }

  /** The next question about a channel goes to the cluster. */
  forget(channel: string): void {
    this.#topics.delete(channel)
  }

  /** This process has seen to it that the channel is there. */
  expect(channel: string): void {
    this.#ensured.add(channel)
  }

  /** The channel is not there any more. */
  drop(channel: string): void {
    this.#ensured.delete(channel)
    this.forget(channel)
  }

  /** How many partitions channels have, asked now; undefined for one that is not there. */
  async partitions(channels: readonly string[]): Promise<readonly (number | undefined)[]> {
    if (channels.length === 0) return []
    const found = await this.#ask(channels)
    return channels.map((channel) => found.get(channel)?.leaders.length)
  }

  /** Where topics are made; any broker passes it on, apart from old ones. */
  async controller(): Promise<Address | undefined> {
    const { controllerId, brokers } = await this.#link.metadata([])
    return brokers.find(({ nodeId }) => nodeId === controllerId)
  }

  async #settled(channel: string): Promise<Topic> {
    const deadline = performance.now() + settleMs
    let topic = (await this.#ask([channel])).get(channel)
    for (let attempt = 1; topic === undefined && performance.now() < deadline; attempt++) {
      if (!this.#ensured.has(channel)) break
      await pause(attempt)
      topic = (await this.#ask([channel])).get(channel)
    }
    if (topic === undefined) throw channelUnknown(channel)
    return topic
  }

  async #ask(channels: readonly string[]): Promise<ReadonlyMap<string, Topic>> {
    const { topics, brokers } = await this.#metadata(channels)
    this.#brokers = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    this.#link.learn([...this.#brokers.values()])
    const found = new Map<string, Topic>()
    for (const { name, partitions, errorCode } of topics) {
      const channel = this.channelOf(name ?? '')
      this.#topics.delete(channel)
      if (errorCode === unknownTopic || partitions.length === 0) continue
      const leaders: number[] = []
      for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId
      const isWhole = leaders.every((leader) => this.#brokers.has(leader))
      const topic = { leaders, untilMs: performance.now() + (isWhole ? trustMs : 0) }
      this.#topics.set(channel, topic)
      found.set(channel, topic)
    }
    return found
  }

  async #metadata(channels: readonly string[]): Promise<MetadataAnswer> {
    const names = channels.map((channel) => this.nameOf(channel))
    try {
      return await this.#link.metadata(names)
    } catch (error) {
      // The answer tells of those topics that are there, beside those that are not.
      const answer = responseOf<MetadataAnswer>(error)
      if (answer === undefined || !Array.isArray(answer.topics)) throw error
      const others = answer.topics.filter(({ errorCode }) => errorCode !== 0 && errorCode !== unknownTopic)
      if (others.some(({ partitions }) => partitions.length === 0) && !passes(error)) throw error
      return answer
    }
  }
}
