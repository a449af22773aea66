/** What a broker can do; whoever needs more says so at the start. */
export interface BrokerCapabilities {
  /** Messages stay after they were read: a group may begin again at an offset or a time. */
  readonly replay: boolean
  /**
   * Who gives partitions to the members of a group: the ownership table of the store (every member may read every
   * partition), or the broker.
   */
  readonly assignment: 'store' | 'broker'
  /** Who deletes old messages: `trim` (the default), or the broker in its own time; then `trim` does nothing. */
  readonly retention?: 'trim' | 'broker'
  /**
   * The broker sends what comes ahead of being asked: a read where nothing is costs hardly anything, and whoever reads
   * may be told of what is there by `watch` a moment after a read has answered nothing. Default: it does not.
   */
  readonly ahead?: boolean
}

/** A durable, partitioned sequence of messages. */
export interface ChannelSpec {
  readonly name: string
  readonly partitions: number
  /** Older messages may be deleted; undefined: they are kept. */
  readonly retentionMs: number | undefined
  /** How a topic of Kafka is made; other brokers leave it aside. */
  readonly kafka?: TopicSpec
  /** How queues of RabbitMQ are made; other brokers leave it aside. */
  readonly rabbitmq?: QueueSpec
  /**
   * Groups that must not miss a message although no member of them has joined yet; only a broker needs to know that
   * keeps messages for groups and not for everybody.
   */
  readonly groups?: readonly string[]
}

/** Settings of queues of RabbitMQ; what is undefined is as the adapter has it. */
export interface QueueSpec {
  readonly queue?: 'quorum' | 'classic' | 'stream'
  readonly deliveryLimit?: number
}

/** Settings of a topic of Kafka; what is undefined is as the broker has it. */
export interface TopicSpec {
  readonly replicas?: number
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly maxMessageBytes?: number
}

/** A message on its way into a channel. */
export interface OutgoingMessage {
  readonly channel: string
  /** Decides the partition; messages with equal keys keep their order. */
  readonly key: string
  /** The same when it is sent again. */
  readonly id: string
  /** JSON text of an object of texts. */
  readonly headers: string
  readonly value: string
}

/**
 * What became of one message: stored for good, refused for good (U+0000, a lone surrogate, a text above 1 MiB, more
 * than the broker takes), or not tried because one before it in the call with the same channel and key was refused.
 */
export type PublishOutcome =
  { readonly kind: 'ok' } | { readonly kind: 'refused'; readonly reason: string } | { readonly kind: 'skipped' }

/**
 * A message as it stands in a channel. `headers` may be made when they are asked for, so it is copied by `messageWith`
 * and not by spreading.
 */
export interface ChannelMessage extends OutgoingMessage {
  readonly partition: number
  /** Place in the partition; grows, not always by one. */
  readonly offset: number
  readonly atMs: number
}

/** What of a partition a group has not done. */
export interface Waiting {
  /** How many messages nobody has, and how many a member of this process has; what others have is not known. */
  readonly count: number
  /** When the oldest of them was sent; undefined when there is none, or it is not known here. */
  readonly oldestMs: number | undefined
}

/** Why a message was set aside. */
export interface DeadLetterFacts {
  readonly reason: 'poison'
  readonly attempts: number
  /** The code or the name of the error. */
  readonly errorType: string
  readonly errorMessage: string
  readonly failedAtMs: number
}

/** What spares old messages. */
export interface TrimLimits {
  /**
   * By channel and partition: the offset from which on somebody has still to read. Messages from there on are spared,
   * by a broker that leaves positions to the store; one that keeps them itself does as it is set up.
   */
  readonly unread?: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** What is older than this is deleted although it is unread; default: nothing is. */
  readonly unreadBeforeMs?: number
  /** How many messages are deleted at most; default: all that are too old. */
  readonly limit?: number
}

/** The offsets of a partition: the oldest message that is kept, and the one that will come next. */
export interface PartitionBounds {
  readonly partition: number
  readonly first: number
  readonly next: number
}

/** One reader in a group of readers that share a channel. */
export interface Member {
  /** The partitions that it may read now; all of them where the store assigns. */
  assigned(): readonly number[]
  /**
   * Messages from an offset on, in order; from the oldest that is kept if that comes later (`bounds` tells whether
   * something is gone). At most `limit`, and at most `pageBytes` unless the first one alone is larger; none only when no
   * more are there now. Never waits for new ones.
   */
  read(partition: number, from: number, limit: number): Promise<readonly ChannelMessage[]>
  /**
   * Tells the broker that everything before an offset is done: a hint where messages stay after they were read. Where
   * they do not, offsets are numbers of this member: the first message that it is given counts as the offset from which
   * it reads, the next one follows; what was given and is not done comes again, to whoever reads next.
   */
  done(partition: number, offset: number): Promise<void>
  /** Reads a partition no longer, until the next `read`, so that another member gets what is not done. */
  release?(partition: number): Promise<void>
  /** Leaves the group. */
  close(): Promise<void>
}

/**
 * An open broker. Methods may be called concurrently. Errors: EW_BROKER_FAILED (retryable) when it cannot be reached or
 * cannot write, EW_BROKER_DENIED when it refuses the login or a right, EW_CLOSED after `close`, EW_CHANNEL_UNKNOWN for
 * a channel or a partition that is not there. One that is embedded in a store may also reject by EW_STORE_BUSY with
 * nothing done, or by EW_STORE_UNREACHABLE, as the store does.
 */
export interface Broker {
  readonly name: string
  readonly capabilities: BrokerCapabilities
  /** What it can do with one channel, where channels differ; ask through `capabilitiesOf`. */
  capabilitiesOf?(channel: string): Promise<BrokerCapabilities>
  /**
   * Makes channels that are missing and sets how long messages are kept. Error: EW_CHANNEL_CHANGED for one that exists
   * with other partitions; then none is made.
   */
  ensure(channels: readonly ChannelSpec[]): Promise<void>
  /**
   * One outcome each, in their order. Messages with equal keys are stored in the order of one call, and after those of
   * calls that were answered before; calls at the same time have no order among each other. When this rejects, any
   * number of the messages may be stored: send the same ones again. Ids are not compared, so that stores them twice:
   * readers drop what they have seen. A call that names an unknown channel stores nothing.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]>
  /** Joins a group of readers of a channel. */
  join(channel: string, group: string): Promise<Member>
  /** Of each partition, in order. Where nothing is replayed: from 0 to how many messages wait for the slowest group. */
  bounds(channel: string): Promise<readonly PartitionBounds[]>
  /** What of each partition a group has not done: needed where nothing is replayed, and positions say nothing. */
  waiting?(channel: string, group: string): Promise<readonly Waiting[]>
  /** The offset of the first message of a partition that is not older than a time; `next` when none is. */
  offsetAt(channel: string, partition: number, timeMs: number): Promise<number>
  /**
   * Calls back soon after messages have come, whoever sent them; a hint that may repeat, come for nothing or, rarely,
   * fail to come. `channels`: into which they came, where that is known. Answers its own removal.
   */
  watch(listener: (channels?: ReadonlySet<string>) => void): () => void
  /** Deletes messages older than their channel keeps them; answers how many. */
  trim(nowMs: number, limits?: TrimLimits): Promise<number>
  /**
   * Puts a message that a group has set aside where the tools of the broker show it, with facts as headers. The message
   * that counts stays with whoever has set it aside.
   */
  deadLetter?(channel: string, group: string, message: ChannelMessage, facts: DeadLetterFacts): Promise<void>
  /** The partition that a key of a channel with so many has; default: by `partitionOf` of message-decision.ts. */
  partitionOf?(key: string, partitions: number): number
  /**
   * Deletes what is kept for a group that reads a channel no more; needed where messages are kept for groups. Nothing
   * happens when there is nothing.
   */
  forget?(channel: string, group: string): Promise<void>
  /** Deletes a channel with its messages; nothing happens when there is none. */
  remove(channel: string): Promise<void>
  /** Waits for what was accepted. An embedded one closes with its store, and leaves it open when it goes first. */
  close(): Promise<void>
}

/** What a broker can do with a channel. */
export async function capabilitiesOf(broker: Broker, channel: string): Promise<BrokerCapabilities> {
  return (await broker.capabilitiesOf?.(channel)) ?? broker.capabilities
}
