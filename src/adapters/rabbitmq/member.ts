import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import type { ChannelMessage, Member, Waiting } from '../../ports/broker.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { brokerFailed, isMissing, type Connection } from './connection.ts'
import { GroupQueue } from './group-queue.ts'
import { Intake } from './intake.ts'
import { groupQueue, streamQueue } from './names.ts'
import type { Settings } from './settings.ts'
import { startArgument, StreamReader, type StreamOptions } from './stream-reader.ts'
import type { KnownChannel, Topology } from './topology.ts'
import { decode, decodeText, type Arrived } from './wire.ts'

/** What reading a channel needs. */
export interface ReadingParts {
  readonly channel: KnownChannel
  readonly settings: Settings
  readonly codec: MessageCodec | undefined
  readonly clock: Clock
  readonly connection: Connection
  readonly topology: Topology
}

/** What a member of a group is made of. */
export interface MemberParts extends ReadingParts {
  readonly group: string
  /** Error: EW_CLOSED. */
  assertOpen(): void
  /** Called when messages may have come. */
  tell(): void
}

/** What reads one partition. */
interface Reader {
  read(from: number, limit: number): Promise<readonly ChannelMessage[]>
  done?(offset: number): Promise<void>
  close(): Promise<void>
}

/** A member whose partitions are read by readers of their own, made when they are first read. */
class PartitionedMember<R extends Reader> implements Member {
  readonly #parts: MemberParts
  readonly #make: (partition: number) => R
  readonly #readers = new Map<number, R>()
  readonly #partitions: readonly number[]
  #left = false

  constructor(parts: MemberParts, make: (partition: number) => R) {
    this.#parts = parts
    this.#make = make
    this.#partitions = Array.from({ length: parts.channel.partitions }, (_, partition) => partition)
  }

  reader(partition: number): R | undefined {
    return this.#readers.get(partition)
  }

  assigned(): readonly number[] {
    return this.#partitions
  }

  async read(partition: number, from: number, limit: number): Promise<readonly ChannelMessage[]> {
    const { channel, settings, topology, assertOpen } = this.#parts
    assertOpen()
    if (this.#left) throw failure('EW_CLOSED', `A reader of the channel ${channel.name} has left its group.`)
    if (!this.#partitions.includes(partition))
      throw failure('EW_CHANNEL_UNKNOWN', `The channel ${channel.name} has no partition ${partition}.`)
    const reader = this.#readers.get(partition) ?? this.#make(partition)
    this.#readers.set(partition, reader)
    try {
      return await reader.read(from, limit)
    } catch (cause) {
      assertOpen()
      if (isMissing(cause)) topology.doubt(channel.name)
      throw brokerFailed(settings.name, cause)
    }
  }

  async done(partition: number, offset: number): Promise<void> {
    await this.#readers.get(partition)?.done?.(offset)
  }

  async release(partition: number): Promise<void> {
    const reader = this.#readers.get(partition)
    this.#readers.delete(partition)
    await reader?.close()
  }

  async close(): Promise<void> {
    this.#left = true
    await Promise.all([...this.#readers.keys()].map((partition) => this.release(partition)))
  }
}

/** A member of a group that has queues of its own; it takes part in a queue only while it reads it. */
export class GroupMember extends PartitionedMember<GroupQueue> {
  readonly channel: string
  readonly group: string
  readonly #left: () => void

  /** `left` is called when it has left the group. */
  constructor(parts: MemberParts, left: () => void) {
    super(parts, (partition) => new GroupQueue(queueOptions(parts, partition)))
    this.channel = parts.channel.name
    this.group = parts.group
    this.#left = left
  }

  /** What of a partition is in its hands. */
  held(partition: number): Waiting {
    return this.reader(partition)?.held ?? { count: 0, oldestMs: undefined }
  }

  override async close(): Promise<void> {
    await super.close()
    this.#left()
  }
}

/** A reader of streams, to which groups are nothing. */
export function streamMember(parts: MemberParts): Member {
  return new PartitionedMember(
    parts,
    (partition) => new StreamReader({ ...streamOptions(parts, partition), tell: parts.tell }),
  )
}

/** How the stream of a partition is read. */
export function streamOptions(parts: ReadingParts, partition: number): Omit<StreamOptions, 'tell'> {
  const { connection, settings, channel } = parts
  return {
    begin: (start, arrived, ended) =>
      Intake.begin({
        connection,
        queue: streamQueue(channel.at, partition),
        prefetch: settings.prefetch,
        arguments: startArgument(start),
        arrived,
        ended,
      }),
    decode: decoding(parts, partition),
  }
}

function queueOptions(parts: MemberParts, partition: number): ConstructorParameters<typeof GroupQueue>[0] {
  const { connection, settings, channel, group, topology, tell } = parts
  const begin = (arrived: (message: Arrived) => void, ended: () => void): Promise<Intake> => {
    const queue = groupQueue(channel.at, group, partition)
    return Intake.begin({ connection, queue, prefetch: settings.prefetch, arrived, ended })
  }
  return {
    async begin(arrived, ended) {
      try {
        return await begin(arrived, ended)
      } catch (cause) {
        if (!isMissing(cause)) throw cause
        // Somebody has deleted it. The channel itself may be gone too, and then it is made by nobody.
        topology.doubt(channel.name)
        await topology.addGroup(await topology.find(channel.name), group)
        return begin(arrived, ended)
      }
    },
    decode: decoding(parts, partition),
    tell,
  }
}

function decoding({ channel, codec, clock }: ReadingParts, partition: number): StreamOptions['decode'] {
  return (arrived, offset) => {
    const place = { channel: channel.name, partition, offset }
    return codec === undefined ? decodeText(arrived, place, clock.now()) : decode(arrived, place, codec, clock.now())
  }
}
