import type { Clock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { Watchers } from '../../base/watchers.ts'
import type {
  Broker,
  BrokerCapabilities,
  ChannelMessage,
  ChannelSpec,
  DeadLetterFacts,
  Member,
  OutgoingMessage,
  PartitionBounds,
  PublishOutcome,
  Waiting,
} from '../../ports/broker.ts'
import { decideMessages, partitionOf } from '../../ports/message-decision.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { brokerFailed, closeChannel, isMissing, type Connection } from './connection.ts'
import { deadLetter } from './dead-letter.ts'
import type { Hints } from './hints.ts'
import { GroupMember, streamMember, streamOptions, type MemberParts, type ReadingParts } from './member.ts'
import { deadQueue, groupQueue, partitionExchange } from './names.ts'
import type { Addressed, Publisher } from './publisher.ts'
import type { Settings } from './settings.ts'
import { streamBounds, streamOffsetAt } from './stream-look.ts'
import type { KnownChannel, Topology } from './topology.ts'
import { encode, encodeText } from './wire.ts'

/** What the broker is made of. */
export interface BrokerParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly codec: MessageCodec | undefined
  readonly topology: Topology
  readonly publisher: Publisher
  readonly hearing: Connection
  readonly speaking: Connection
  readonly hints: Hints
  readonly watchers: Watchers<ReadonlySet<string>>
}

const capabilities: Readonly<Record<KnownChannel['kind'], BrokerCapabilities>> = {
  stream: { replay: true, assignment: 'store', retention: 'broker', ahead: true },
  quorum: { replay: false, assignment: 'store', retention: 'broker', ahead: true },
}

/** A broker in a RabbitMQ server. */
export class RabbitmqBroker implements Broker {
  readonly name: string
  readonly capabilities: BrokerCapabilities
  readonly #parts: BrokerParts
  readonly #members = new Set<GroupMember>()
  readonly #accepted = new Set<Promise<unknown>>()
  #closed = false

  constructor(parts: BrokerParts) {
    this.#parts = parts
    this.name = parts.settings.name
    this.capabilities = capabilities[parts.settings.queue]
  }

  async capabilitiesOf(channel: string): Promise<BrokerCapabilities> {
    return capabilities[(await this.#find(channel)).kind]
  }

  async ensure(channels: readonly ChannelSpec[]): Promise<void> {
    this.#check()
    await this.#parts.topology.ensure(channels)
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]> {
    this.#check()
    const publishing = this.#publish(messages)
    this.#accepted.add(publishing)
    try {
      return await publishing
    } finally {
      this.#accepted.delete(publishing)
    }
  }

  async join(name: string, group: string): Promise<Member> {
    const channel = await this.#find(name)
    const { topology, watchers } = this.#parts
    await topology.addGroup(channel, group)
    const tell = (): void => watchers.tell(new Set([name]))
    const parts: MemberParts = { ...this.#reading(channel), group, assertOpen: () => this.#check(), tell }
    if (channel.kind === 'stream') return streamMember(parts)
    const member = new GroupMember(parts, () => this.#members.delete(member))
    this.#members.add(member)
    return member
  }

  async bounds(name: string): Promise<readonly PartitionBounds[]> {
    const channel = await this.#find(name)
    const partitions = Array.from({ length: channel.partitions }, (_, partition) => partition)
    if (channel.kind === 'stream') {
      const parts = this.#reading(channel)
      const look = (each: number): Promise<PartitionBounds> => streamBounds(each, streamOptions(parts, each).begin)
      return this.#asked(name, () => Promise.all(partitions.map(look)))
    }
    const counts = await Promise.all([...channel.groups].map((group) => this.#readyIfThere(channel, group)))
    return partitions.map((partition) => {
      return { partition, first: 0, next: Math.max(0, ...counts.map((count) => count[partition]!)) }
    })
  }

  async waiting(name: string, group: string): Promise<readonly Waiting[]> {
    const ready = await this.#ready(await this.#find(name), group)
    const own = [...this.#members].filter((member) => member.channel === name && member.group === group)
    return ready.map((count, partition) => {
      const held = own.map((member) => member.held(partition))
      // What a member has was at the head of the queue; the others have come later.
      const oldest = Math.min(...held.map(({ oldestMs = Infinity }) => oldestMs))
      return {
        count: held.reduce((sum, each) => sum + each.count, count),
        oldestMs: oldest === Infinity ? undefined : oldest,
      }
    })
  }

  async offsetAt(name: string, partition: number, timeMs: number): Promise<number> {
    const channel = await this.#find(name)
    if (partition < 0 || partition >= channel.partitions)
      throw failure('EW_CHANNEL_UNKNOWN', `The channel ${name} has no partition ${partition}.`)
    if (channel.kind === 'quorum') return (await this.bounds(name))[partition]!.next
    const { begin } = streamOptions(this.#reading(channel), partition)
    const found = await this.#asked(name, () => streamOffsetAt(timeMs, begin, this.#parts.clock.now()))
    return found ?? (await this.#asked(name, () => streamBounds(partition, begin))).next
  }

  watch(listener: (channels?: ReadonlySet<string>) => void): () => void {
    return this.#parts.watchers.add(listener, () => () => undefined)
  }

  async trim(): Promise<number> {
    this.#check()
    return 0
  }

  async forget(name: string, group: string): Promise<void> {
    this.#check()
    await this.#parts.topology.removeGroup(name, group)
  }

  async remove(channel: string): Promise<void> {
    this.#check()
    await this.#parts.topology.remove(channel)
  }

  async deadLetter(name: string, group: string, message: ChannelMessage, facts: DeadLetterFacts): Promise<void> {
    const { publisher, codec } = this.#parts
    const channel = await this.#find(name)
    const routingKey = deadQueue(channel.at, group)
    await this.#parts.topology.addDeadQueue(channel, group)
    const wire = await deadLetter(message, group, facts, codec)
    const [placed] = await publisher.send([{ ...wire, exchange: '', routingKey, needed: true }])
    if (placed !== true) throw failure('EW_BROKER_FAILED', `${this.name} has no queue ${routingKey}.`)
  }

  async close(): Promise<void> {
    const { hints, watchers, speaking, hearing } = this.#parts
    this.#closed = true
    watchers.close()
    await Promise.allSettled(this.#accepted)
    await hints.close()
    await Promise.all([speaking.close(), hearing.close()])
  }

  async #publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]> {
    const { topology, publisher, hints, watchers } = this.#parts
    const names = [...new Set(messages.map(({ channel }) => channel))]
    const channels = new Map(await Promise.all(names.map(async (name) => [name, await topology.find(name)] as const)))
    const outcomes = [...decideMessages(messages)]
    const addressed = await this.#addressed(messages, outcomes, channels)
    let placed: readonly boolean[]
    try {
      placed = await publisher.send(addressed.map(({ wire }) => wire))
    } catch (error) {
      if (isMissing((error as Error).cause)) for (const name of names) topology.doubt(name)
      throw error
    }
    await this.#countUnrouted(addressed.filter((_, index) => !placed[index]).map(({ channel }) => channel))
    watchers.tell(new Set(names))
    hints.tell(names)
    return outcomes
  }

  async #addressed(
    messages: readonly OutgoingMessage[],
    outcomes: PublishOutcome[],
    channels: ReadonlyMap<string, KnownChannel>,
  ): Promise<readonly { readonly wire: Addressed; readonly channel: KnownChannel }[]> {
    const { clock, codec } = this.#parts
    const nowMs = clock.now()
    const addressed: { wire: Addressed; channel: KnownChannel }[] = []
    const refused = new Set<string>()
    for (const [index, message] of messages.entries()) {
      const line = `${message.channel}\u0000${message.key}`
      if (refused.has(line)) outcomes[index] = { kind: 'skipped' }
      if (outcomes[index]!.kind !== 'ok') continue
      const channel = channels.get(message.channel)!
      try {
        const exchange = partitionExchange(channel.at, partitionOf(message.key, channel.partitions))
        const { body, options } = codec === undefined ? encodeText(message, nowMs) : await encode(message, codec, nowMs)
        addressed.push({ wire: { body, options, exchange, routingKey: '', needed: isNeeded(channel) }, channel })
      } catch (error) {
        if (!isEventwrightError(error, 'EW_MESSAGE_UNWRITABLE')) throw error
        refused.add(line)
        outcomes[index] = { kind: 'refused', reason: error.message }
      }
    }
    return addressed
  }

  /**
   * What came into no queue is gone. That is as it should be where nobody has subscribed; where somebody must not miss
   * it, his queues are made again, and the messages have to be sent again.
   */
  async #countUnrouted(unrouted: readonly KnownChannel[]): Promise<void> {
    for (const [channel, list] of Map.groupBy(unrouted, (each) => each)) {
      if (!isNeeded(channel)) {
        this.#parts.settings.onUnrouted(channel.name, list.length)
        continue
      }
      this.#parts.topology.doubt(channel.name)
      await this.#parts.topology.mend(channel)
      throw failure('EW_BROKER_FAILED', `${this.name} had no queue for messages of the channel ${channel.name}.`)
    }
  }

  /** Nothing, for a group that another process has had forgotten. */
  async #readyIfThere(channel: KnownChannel, group: string): Promise<readonly number[]> {
    try {
      return await this.#ready(channel, group)
    } catch (error) {
      if (channel.needed.has(group) || !isMissing((error as Error).cause)) throw error
      channel.groups.delete(group)
      return Array<number>(channel.partitions).fill(0)
    }
  }

  /** How many messages of each partition nobody was sent. */
  async #ready({ name, at, partitions, kind }: KnownChannel, group: string): Promise<readonly number[]> {
    if (kind === 'stream') return Array<number>(partitions).fill(0)
    return this.#asked(name, async () => {
      const on = await this.#parts.hearing.channel()
      try {
        const queues = Array.from({ length: partitions }, (_, partition) => groupQueue(at, group, partition))
        return (await Promise.all(queues.map((queue) => on.checkQueue(queue)))).map(({ messageCount }) => messageCount)
      } finally {
        await closeChannel(on)
      }
    })
  }

  async #asked<T>(channel: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (cause) {
      if (isMissing(cause)) this.#parts.topology.doubt(channel)
      throw isEventwrightError(cause) ? cause : brokerFailed(this.name, cause)
    }
  }

  #reading(channel: KnownChannel): ReadingParts {
    const { settings, codec, clock, hearing: connection, topology } = this.#parts
    return { channel, settings, codec, clock, connection, topology }
  }

  async #find(channel: string): Promise<KnownChannel> {
    this.#check()
    return this.#parts.topology.find(channel)
  }

  #check(): void {
    if (this.#closed) throw failure('EW_CLOSED', `The broker in ${this.name} is closed, and it was called.`)
  }
}

/** Whether somebody must not miss what is sent there. */
function isNeeded({ kind, needed }: KnownChannel): boolean {
  return kind === 'stream' || needed.size > 0
}
