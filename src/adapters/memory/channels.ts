import { failure } from '../../base/errors.ts'
import type {
  ChannelMessage,
  ChannelSpec,
  OutgoingMessage,
  PartitionBounds,
  PublishOutcome,
  TrimLimits,
} from '../../ports/broker.ts'
import { decideMessages, messageBytes, pageBytes, partitionOf } from '../../ports/message-decision.ts'

interface MemoryPartition {
  first: number
  lastAtMs: number
  messages: ChannelMessage[]
}

interface MemoryChannel {
  retentionMs: number | undefined
  readonly partitions: readonly MemoryPartition[]
}

/** The channels of a memory store. They outlive the stores that are opened on it, as its events do. */
export class MemoryChannels {
  readonly #channels = new Map<string, MemoryChannel>()

  /** Makes what is missing; a channel with other partitions is refused before anything is made. */
  ensure(specs: readonly ChannelSpec[]): void {
    for (const { name, partitions } of specs) {
      const found = this.#channels.get(name)?.partitions.length ?? partitions
      if (found === partitions) continue
      throw failure('EW_CHANNEL_CHANGED', `The channel ${name} has ${found} partitions, not ${partitions}.`, {
        details: { channel: name, partitions: found, wanted: partitions },
      })
    }
    for (const { name, partitions, retentionMs } of specs) {
      const channel = this.#channels.get(name)
      if (channel !== undefined) channel.retentionMs = retentionMs
      else this.#channels.set(name, { retentionMs, partitions: Array.from({ length: partitions }, emptyPartition) })
    }
  }

  publish(messages: readonly OutgoingMessage[], nowMs: number): readonly PublishOutcome[] {
    for (const { channel } of messages) this.#get(channel)
    const outcomes = decideMessages(messages)
    messages.forEach(({ channel, id, key, headers, value }, index) => {
      if (outcomes[index]!.kind !== 'ok') return
      const { partitions } = this.#get(channel)
      const number = partitionOf(key, partitions.length)
      const partition = partitions[number]!
      // A clock that was set back must not make a later message look older.
      const atMs = (partition.lastAtMs = Math.max(partition.lastAtMs, nowMs))
      const offset = partition.first + partition.messages.length
      partition.messages.push({ channel, partition: number, offset, id, key, headers, value, atMs })
    })
    return outcomes
  }

  read(channel: string, partition: number, from: number, limit: number): readonly ChannelMessage[] {
    const { first, messages } = this.#partition(channel, partition)
    const start = Math.max(0, from - first)
    let end = start
    for (let bytes = 0; end < Math.min(messages.length, start + limit); end++) {
      bytes += messageBytes(messages[end]!)
      if (bytes > pageBytes && end > start) break
    }
    return messages.slice(start, end)
  }

  bounds(channel: string): readonly PartitionBounds[] {
    return this.#get(channel).partitions.map(({ first, messages }, partition) => {
      return { partition, first, next: first + messages.length }
    })
  }

  offsetAt(channel: string, partition: number, timeMs: number): number {
    const { first, messages } = this.#partition(channel, partition)
    return first + notOlder(messages, timeMs)
  }

  /** Deletes what is older than its channel keeps it, and not spared; answers how many. */
  trim(nowMs: number, { unread, unreadBeforeMs = -Infinity, limit = Infinity }: TrimLimits): number {
    let count = 0
    for (const [name, { retentionMs, partitions }] of this.#channels) {
      if (retentionMs === undefined) continue
      const beforeMs = nowMs - retentionMs
      for (const [number, partition] of partitions.entries()) {
        const read = (unread?.get(name)?.get(number) ?? Infinity) - partition.first
        const old = notOlder(partition.messages, beforeMs)
        const older = notOlder(partition.messages, Math.min(beforeMs, unreadBeforeMs))
        const deleted = Math.min(limit - count, Math.max(older, Math.min(old, Math.max(0, read))))
        partition.messages = partition.messages.slice(deleted)
        partition.first += deleted
        count += deleted
      }
    }
    return count
  }

  remove(channel: string): void {
    this.#channels.delete(channel)
  }

  #get(name: string): MemoryChannel {
    const channel = this.#channels.get(name)
    if (channel === undefined) throw unknown(name, 'no such channel', {})
    return channel
  }

  #partition(name: string, number: number): MemoryPartition {
    const partition = this.#get(name).partitions[number]
    if (partition === undefined) throw unknown(name, `no partition ${number} of it`, { partition: number })
    return partition
  }
}

function emptyPartition(): MemoryPartition {
  return { first: 0, lastAtMs: 0, messages: [] }
}

/** The index of the first message that is not older than a time; times never fall. */
function notOlder(messages: readonly ChannelMessage[], timeMs: number): number {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (messages[middle]!.atMs < timeMs) low = middle + 1
    else high = middle
  }
  return low
}

function unknown(channel: string, what: string, details: Readonly<Record<string, unknown>>): Error {
  return failure('EW_CHANNEL_UNKNOWN', `The channel ${channel} was asked for, and the broker has ${what}.`, {
    details: { channel, ...details },
  })
}
