import { failure } from '../../base/errors.ts'
import type { ChannelMessage, ChannelSpec, PartitionBounds, TrimLimits } from '../../ports/broker.ts'
import { pageBytes, partitionOf } from '../../ports/message-decision.ts'
import {
  deletedAtOnce,
  missingChannels,
  unknownChannel,
  type Channels,
  type PartitionName,
  type StoredChannel,
} from '../sql/channels.ts'
import type { PartResult, PublishPart } from '../sql/publish-lane.ts'
import { BulkInsert } from './bulk-insert.ts'
import type { SqliteConnection, SqliteStatement } from './driver.ts'
import { messagesOfPartition as span } from './schema.ts'

/** How many partitions a file holds at most: more would give a `seq` that a JavaScript number cannot hold. */
export const lastPartitionNo = 32_766

interface OpenPartition {
  readonly no: number
  next: number
  lastAtMs: number
  touched: boolean
}

/** The tables of channels in a file. */
export class ChannelTables implements Channels {
  readonly #connection: SqliteConnection
  readonly #insert: BulkInsert
  readonly #channel: SqliteStatement
  readonly #partitions: SqliteStatement
  readonly #moveNext: SqliteStatement

  constructor(connection: SqliteConnection) {
    this.#connection = connection
    this.#insert = new BulkInsert(connection, 'ew_messages', ['seq', 'id', 'key', 'headers', 'value', 'at'])
    this.#channel = connection.prepare('select no, partitions, retention from ew_channels where name = ?')
    this.#partitions = connection.prepare(
      `select p.partition, p.no, p.first, p.next, p.last_at from ew_channels c join ew_partitions p on p.channel = c.no
       where c.name = ? order by p.partition`,
    )
    this.#moveNext = connection.prepare('update ew_partitions set next = ?, last_at = ? where no = ?')
  }

  ensure(specs: readonly ChannelSpec[]): void {
    if (this.#missing(specs).length === 0) return
    this.#connection.transaction(() => {
      for (const { name, partitions, retentionMs = null } of this.#missing(specs)) {
        const changed = this.#connection.prepare('update ew_channels set retention = ? where name = ?')
        if (changed.run(retentionMs, name) > 0) continue
        const add = this.#connection.prepare(
          'insert into ew_channels (name, partitions, retention) values (?, ?, ?) returning no',
        )
        this.#addPartitions(add.get(name, partitions, retentionMs)?.[0] as number, partitions)
      }
    })
  }

  /**
   * Publishes parts of calls in one transaction; the result of a part is an error when it names a channel that is
   * unknown, and then nothing of it is stored. `locked` runs first, while no other process can commit.
   */
  publish(parts: readonly PublishPart[], nowMs: number, locked: () => void): readonly PartResult[] {
    try {
      return this.#connection.transaction(() => {
        locked()
        const channels = new Map<string, readonly OpenPartition[]>()
        const results = parts.map((part) => this.#add(part, channels, nowMs))
        this.#insert.flush()
        for (const partitions of channels.values()) {
          for (const { no, next, lastAtMs, touched } of partitions) if (touched) this.#moveNext.run(next, lastAtMs, no)
        }
        return results
      })
    } finally {
      this.#insert.discard()
    }
  }

  read(channel: string, partition: number, from: number, limit: number): readonly ChannelMessage[] {
    const place = [Math.max(0, from), channel, partition] as const
    const count = inOnePage(this.#connection.prepare(readSizes).all(...place, limit))
    if (count === 0) this.#partition(channel, partition)
    const rows = count === 0 ? [] : this.#connection.prepare(readMessages).all(...place, count)
    return rows.map(([offset, id, key, headers, value, atMs]) => {
      return { channel, partition, offset, id, key, headers, value, atMs } as ChannelMessage
    })
  }

  bounds(channel: string): readonly PartitionBounds[] {
    const rows = this.#partitions.all(channel)
    if (rows.length === 0) throw unknownChannel(channel)
    return rows.map(([partition, , first, next]) => ({ partition, first, next }) as PartitionBounds)
  }

  /** Offsets are dense and times never fall, so halving finds the place without an index. */
  offsetAt(channel: string, partition: number, timeMs: number): number {
    const at = this.#connection.prepare('select at from ew_messages where seq = ?')
    return this.#connection.snapshot(() => {
      const { no, first, next } = this.#partition(channel, partition)
      let low = first
      let high = next
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        const atMs = at.get(no * span + middle)?.[0] as number
        if (atMs < timeMs) low = middle + 1
        else high = middle
      }
      return low
    })
  }

  expired(nowMs: number): readonly PartitionName[] {
    const rows = this.#connection
      .prepare(
        `select c.name, p.partition from ew_channels c join ew_partitions p on p.channel = c.no
         join ew_messages m on m.seq = p.no * ${span} + p.first
         where c.name is not null and c.retention is not null and m.at < ? - c.retention`,
      )
      .all(nowMs)
    return rows.map(([channel, partition]) => ({ channel, partition }) as PartitionName)
  }

  trimSome(channel: string, partition: number, nowMs: number, limits: TrimLimits): number {
    const { unread, unreadBeforeMs = 0, limit = Infinity } = limits
    return this.#connection.transaction(() => {
      const retentionMs = this.#channel.get(channel)?.[2]
      const row = this.#partitions.all(channel).find(([number]) => number === partition)
      if (row === undefined || typeof retentionMs !== 'number') return 0
      const [, no, first, next] = row as number[]
      const beforeMs = nowMs - retentionMs
      const count = Math.min(deletedAtOnce, limit)
      const read = Math.min(unread?.get(channel)?.get(partition) ?? next!, next!)
      const deleted = read > first! ? this.#deleteFrom(no!, first!, beforeMs, Math.min(count, read - first!)) : 0
      if (deleted > 0 || unreadBeforeMs <= 0) return deleted
      return this.#deleteFrom(no!, first!, Math.min(beforeMs, unreadBeforeMs), count)
    })
  }

  remove(channel: string): void {
    if (this.#channel.get(channel) === undefined) return
    this.#connection.transaction(() =>
      this.#connection.prepare('update ew_channels set name = null where name = ?').run(channel),
    )
  }

  sweepSome(): boolean {
    const leftOver = this.#connection.prepare(
      `select p.no, p.first, c.no from ew_channels c left join ew_partitions p on p.channel = c.no
       where c.name is null limit 1`,
    )
    if (leftOver.get() === undefined) return false
    return this.#connection.transaction(() => {
      const row = leftOver.get()
      if (row === undefined) return false
      const [no, first, channel] = row as [number | null, number | null, number]
      if (no === null) this.#connection.prepare('delete from ew_channels where no = ?').run(channel)
      else if (this.#deleteFrom(no, first!, Number.MAX_SAFE_INTEGER) < deletedAtOnce) {
        this.#connection.prepare('delete from ew_partitions where no = ?').run(no)
      }
      return true
    })
  }

  #add(part: PublishPart, channels: Map<string, readonly OpenPartition[]>, nowMs: number): PartResult {
    for (const channel of part.channels) {
      if (channels.has(channel)) continue
      const rows = this.#partitions.all(channel) as readonly (readonly number[])[]
      if (rows.length === 0) return unknownChannel(channel)
      channels.set(
        channel,
        rows.map(([, no, , next, lastAtMs]) => ({ no: no!, next: next!, lastAtMs: lastAtMs!, touched: false })),
      )
    }
    for (const { channel, id, key, headers, value } of part.messages) {
      const partitions = channels.get(channel)!
      const partition = partitions[partitionOf(key, partitions.length)]!
      // A clock that was set back must not make a later message look older.
      partition.lastAtMs = Math.max(partition.lastAtMs, nowMs)
      partition.touched = true
      this.#insert.add([partition.no * span + partition.next++, id, key, headers, value, partition.lastAtMs])
    }
    return undefined
  }

  #missing(specs: readonly ChannelSpec[]): readonly ChannelSpec[] {
    return missingChannels(specs, (name) => {
      const [, partitions, retentionMs] = this.#channel.get(name) ?? []
      return partitions === undefined ? undefined : ({ partitions, retentionMs } as StoredChannel)
    })
  }

  #addPartitions(channel: number, partitions: number): void {
    const add = this.#connection.prepare(
      'insert into ew_partitions (channel, partition, first, next, last_at) values (?, ?, 0, 0, 0) returning no',
    )
    for (let partition = 0; partition < partitions; partition++) {
      const no = add.get(channel, partition)?.[0] as number
      if (no <= lastPartitionNo) continue
      throw failure('EW_BROKER_FAILED', `A store file holds at most ${lastPartitionNo} partitions of channels.`)
    }
  }

  #partition(channel: string, partition: number): { readonly no: number } & PartitionBounds {
    const row = this.#partitions.all(channel).find(([number]) => number === partition)
    if (row === undefined) throw unknownChannel(channel, partition)
    const [, no, first, next] = row as number[]
    return { no: no!, partition, first: first!, next: next! }
  }

  #deleteFrom(no: number, first: number, beforeMs: number, count = deletedAtOnce): number {
    const start = no * span + first
    const end = Math.min(start + count, (no + 1) * span)
    const deleted = this.#connection
      .prepare('delete from ew_messages where seq >= ? and seq < ? and at < ?')
      .run(start, end, beforeMs)
    if (deleted > 0)
      this.#connection.prepare('update ew_partitions set first = first + ? where no = ?').run(deleted, no)
    return deleted
  }
}

const inPartition = `
  from ew_channels c cross join ew_partitions p on p.channel = c.no cross join ew_messages m
  on m.seq >= p.no * ${span} + ? and m.seq < (p.no + 1) * ${span}
  where c.name = ? and p.partition = ? order by m.seq limit ?`
const readMessages = `select m.seq - p.no * ${span}, m.id, m.key, m.headers, m.value, m.at ${inPartition}`
// SQLite knows the length without reading the text.
const readSizes = `
  select octet_length(m.id) + octet_length(m.key) + octet_length(m.headers) + octet_length(m.value) ${inPartition}`

/** How many of the messages with these sizes are read together. */
function inOnePage(sizes: readonly (readonly unknown[])[]): number {
  let bytes = 0
  const end = sizes.findIndex(([size], index) => (bytes += size as number) > pageBytes && index > 0)
  return end < 0 ? sizes.length : end
}
