import { failure, isEventwrightError } from '../../base/errors.ts'
import { Watchers } from '../../base/watchers.ts'
import type {
  Broker,
  ChannelMessage,
  ChannelSpec,
  DeadLetterFacts,
  Member,
  OutgoingMessage,
  PartitionBounds,
  PublishOutcome,
} from '../../ports/broker.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { messageWith } from '../../ports/received-message.ts'
import { Cluster } from './cluster.ts'
import { Commits } from './commits.ts'
import { DeadLetters } from './dead-letters.ts'
import { Ends } from './ends.ts'
import { brokerFailed, channelUnknown, connecting } from './faults.ts'
import { loadLibrary } from './library.ts'
import { Link } from './link.ts'
import { partitionOfKey } from './murmur2.ts'
import { Reader } from './reader.ts'
import { next, offsetsAt, oldest } from './offsets.ts'
import { Publisher } from './publisher.ts'
import type { KafkaSettings } from './settings.ts'
import { Shelf } from './shelf.ts'
import { Topics } from './topics.ts'

/** Connects to a cluster. Errors: EW_DRIVER_MISSING, EW_BROKER_DENIED, EW_BROKER_FAILED. */
export async function openBroker(settings: KafkaSettings, codec: MessageCodec | undefined): Promise<Broker> {
  const link = new Link(await loadLibrary(), settings)
  try {
    await link.metadata([])
  } catch (error) {
    await link.close()
    throw brokerFailed(settings.name, connecting, error)
  }
  return new KafkaBroker(link, settings, codec)
}

class KafkaBroker implements Broker {
  readonly name: string
  readonly capabilities = { replay: true, assignment: 'store', retention: 'broker' } as const
  readonly #link: Link
  readonly #cluster: Cluster
  readonly #topics: Topics
  readonly #publisher: Publisher
  readonly #ends: Ends
  readonly #commits: Commits
  readonly #deadLetters: DeadLetters
  readonly #shelf = new Shelf()
  readonly #codec: MessageCodec | undefined
  readonly #readers = new Map<Reader, string>()
  readonly #watchers = new Watchers<ReadonlySet<string>>()
  #closing: Promise<void> | undefined

  constructor(link: Link, settings: KafkaSettings, codec: MessageCodec | undefined) {
    this.name = settings.name
    this.#link = link
    this.#codec = codec
    this.#cluster = new Cluster(link, settings.prefix)
    this.#topics = new Topics(link, this.#cluster, settings)
    this.#ends = new Ends(link, this.#cluster, (channels) => this.#watchers.tell(channels))
    this.#commits = new Commits(link, this.#cluster)
    const { prefix } = settings
    this.#deadLetters = new DeadLetters({ link, cluster: this.#cluster, topics: this.#topics, codec, prefix })
    this.#publisher = new Publisher(link, this.#cluster, codec, (channel, partition, first, count) =>
      this.#ends.moved(channel, partition, first, count),
    )
  }

  ensure(channels: readonly ChannelSpec[]): Promise<void> {
    return this.#attempt('making topics', async () => {
      await this.#topics.ensure(channels)
      this.#deadLetters.know(channels)
      for (const spec of channels) {
        this.#publisher.prepare(spec)
        this.#ends.follow(spec.name)
      }
    })
  }

  publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]> {
    return this.#attempt('publishing', async () => {
      const outcomes = await this.#publisher.publish(messages)
      this.#watchers.tell(new Set(messages.map(({ channel }) => channel)))
      return outcomes
    })
  }

  join(channel: string, group: string): Promise<Member> {
    return this.#attempt('joining', async () => {
      const { leaders } = await this.#cluster.topic(channel)
      this.#ends.follow(channel)
      return this.#member(channel, group, [...leaders.keys()])
    })
  }

  bounds(channel: string): Promise<readonly PartitionBounds[]> {
    return this.#attempt('asking for bounds', async () => {
      // Also a channel that was taken away and made again: readers come back by this way.
      this.#ends.follow(channel)
      const [first, behind] = await Promise.all([
        offsetsAt(this.#link, this.#cluster, channel, undefined, oldest),
        offsetsAt(this.#link, this.#cluster, channel, undefined, next),
      ])
      return [...first]
        .toSorted(([one], [other]) => one - other)
        .map(([partition, offset]) => ({ partition, first: offset, next: behind.get(partition) ?? offset }))
    })
  }

  offsetAt(channel: string, partition: number, timeMs: number): Promise<number> {
    return this.#attempt('asking for an offset', async () => {
      const { leaders } = await this.#cluster.topic(channel)
      if (leaders[partition] === undefined) throw channelUnknown(channel, partition)
      const ask = (time: bigint): Promise<ReadonlyMap<number, number>> =>
        offsetsAt(this.#link, this.#cluster, channel, [partition], time)
      const found = (await ask(BigInt(Math.max(0, Math.ceil(timeMs))))).get(partition)!
      return found >= 0 ? found : (await ask(next)).get(partition)!
    })
  }

  watch(listener: (channels?: ReadonlySet<string>) => void): () => void {
    return this.#watchers.add(listener, () => {
      this.#ends.start()
      return () => this.#ends.stop()
    })
  }

  async trim(): Promise<number> {
    if (this.#closing !== undefined) throw this.#closed()
    return 0
  }

  partitionOf(key: string, partitions: number): number {
    return partitionOfKey(Buffer.from(key), partitions)
  }

  deadLetter(channel: string, group: string, message: ChannelMessage, facts: DeadLetterFacts): Promise<void> {
    return this.#attempt('setting a message aside', () =>
      this.#deadLetters.put(group, messageWith(message, { channel }), facts),
    )
  }

  forget(channel: string, group: string): Promise<void> {
    return this.#attempt('deleting a topic', () => this.#deadLetters.remove(channel, [group]))
  }

  remove(channel: string): Promise<void> {
    return this.#attempt('deleting a topic', async () => {
      this.#ends.forget(channel)
      await this.#topics.remove(channel)
      await this.#deadLetters.remove(channel)
      this.#publisher.forget(channel)
      for (const [reader, of] of this.#readers) if (of === channel) reader.clear()
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#watchers.close()
    for (const reader of this.#readers.keys()) reader.close()
    await this.#publisher.idle()
    await this.#deadLetters.idle()
    await this.#commits.flush()
    await this.#link.close()
  }

  #member(channel: string, group: string, partitions: readonly number[]): Member {
    const parts = { link: this.#link, cluster: this.#cluster, codec: this.#codec, shelf: this.#shelf }
    const reader = new Reader(parts, channel)
    this.#readers.set(reader, channel)
    return {
      assigned: () => partitions,
      read: (partition, from, limit) => this.#attempt('reading', () => reader.read(partition, from, limit)),
      done: async (partition, offset) => this.#commits.note(group, channel, partition, offset),
      close: async () => {
        reader.close()
        if (this.#readers.delete(reader)) await this.#commits.flush()
      },
    }
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw this.#closed()
    try {
      return await work()
    } catch (error) {
      if (this.#closing !== undefined && !isEventwrightError(error)) throw this.#closed()
      throw brokerFailed(this.name, what, error)
    }
  }

  #closed(): Error {
    return failure('EW_CLOSED', `The broker ${this.name} is closed, and it was called.`)
  }
}
