import { failure } from '../../base/errors.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import { pageBytes } from '../../ports/message-decision.ts'
import { receivedBytes } from '../../ports/received-message.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import type { Cluster } from './cluster.ts'
import { channelUnknown } from './faults.ts'
import { fetchFrom, type Fetched } from './fetch.ts'
import type { Link } from './link.ts'
import { messageOf, opened, type OpenedRecord, type Place } from './records.ts'
import type { Kept, Shelf } from './shelf.ts'

/** What every reader shares. */
export interface ReaderParts {
  readonly link: Link
  readonly cluster: Cluster
  readonly codec: MessageCodec | undefined
  readonly shelf: Shelf
}

/** Below so many records what comes next is fetched while the rest is read. */
const aheadBelow = 300

/** Reads the partitions of a channel, each with what comes next at hand. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #channel: string
  readonly #kept = new Map<number, Kept>()
  readonly #turns = new Map<number, Promise<unknown>>()
  #left = false

  constructor(parts: ReaderParts, channel: string) {
    this.#parts = parts
    this.#channel = channel
  }

  /** Reads of one partition take turns, since each begins where the one before has ended. */
  read(partition: number, from: number, limit: number): Promise<readonly ChannelMessage[]> {
    const before = this.#turns.get(partition)
    const turn = (before ?? Promise.resolve()).then(() => this.#read(partition, from, limit))
    const quiet = turn.catch(() => undefined)
    this.#turns.set(partition, quiet)
    return turn
  }

  /** Forgets what was fetched: the channel may be another one now. */
  clear(): void {
    for (const kept of this.#kept.values()) this.#parts.shelf.drop(kept)
    this.#kept.clear()
  }

  close(): void {
    this.#left = true
    this.clear()
  }

  async #read(partition: number, from: number, limit: number): Promise<readonly ChannelMessage[]> {
    if (this.#left)
      throw failure('EW_CLOSED', `A reader of the channel ${this.#channel} has left its group and was called.`)
    const { leaders } = await this.#parts.cluster.topic(this.#channel)
    if (leaders[partition] === undefined) throw channelUnknown(this.#channel, partition)
    const kept = await this.#filled(partition, from)
    if (kept.records.length < limit) await this.#topUp(partition, kept)
    const messages = await this.#page({ channel: this.#channel, partition }, kept.records.slice(0, limit))
    this.#advance(partition, kept, messages)
    return messages
  }

  async #page(place: Place, records: readonly OpenedRecord[]): Promise<readonly ChannelMessage[]> {
    const { codec } = this.#parts
    if (codec === undefined) return page(records, (each) => messageOf(place, each) as ChannelMessage)
    const results = await Promise.allSettled(records.map((each) => messageOf(place, each, codec)))
    const failed = results.findIndex(({ status }) => status === 'rejected')
    const [first] = results
    if (first?.status === 'rejected') throw first.reason
    const read = failed < 0 ? results : results.slice(0, failed)
    return page(read as PromiseFulfilledResult<ChannelMessage>[], ({ value }) => value)
  }

  /** What is at hand for a read that begins there, or else is fetched. */
  async #filled(partition: number, from: number): Promise<Kept> {
    const { shelf } = this.#parts
    const found = this.#kept.get(partition)
    const isNext = found?.from === from
    if (isNext && found.records.length > 0) return found
    if (found !== undefined) this.#forget(partition, found)
    const start = isNext ? found.next : Math.max(0, from)
    const ahead = isNext ? await found.ahead : undefined
    const { records, ...rest } = ahead ?? (await this.#fetch(partition, start))
    const kept: Kept = { ...rest, from, records: [...records], ahead: undefined }
    if (this.#left) return kept
    this.#kept.set(partition, kept)
    shelf.add(kept, () => this.#kept.get(partition) === kept && this.#kept.delete(partition))
    return kept
  }

  /** Puts what was fetched ahead behind the rest, so that a page is a whole one. */
  async #topUp(partition: number, kept: Kept): Promise<void> {
    const ahead = await kept.ahead
    if (ahead === undefined || this.#kept.get(partition) !== kept) return
    for (const record of ahead.records) kept.records.push(record)
    kept.next = ahead.next
    kept.atEnd = ahead.atEnd
    kept.ahead = undefined
    this.#parts.shelf.grow(kept, ahead.bytes)
  }

  #forget(partition: number, kept: Kept): void {
    this.#parts.shelf.drop(kept)
    if (this.#kept.get(partition) === kept) this.#kept.delete(partition)
  }

  /** Takes away what was read, and sends for more before the rest is read too. */
  #advance(partition: number, kept: Kept, messages: readonly ChannelMessage[]): void {
    const last = messages.at(-1)
    if (last === undefined || this.#kept.get(partition) !== kept) return
    const { shelf } = this.#parts
    const read = kept.records.splice(0, messages.length)
    const bytes = read.reduce((sum, each) => sum + each.bytes, 0)
    kept.from = last.offset + 1
    shelf.take(kept, bytes)
    if (kept.atEnd || kept.ahead !== undefined || kept.records.length >= aheadBelow) return
    kept.ahead = shelf.ahead(() => this.#fetch(partition, kept.next))
  }

  async #fetch(partition: number, from: number): Promise<Fetched<OpenedRecord>> {
    const { link, cluster } = this.#parts
    const fetched = await fetchFrom(link, cluster, { channel: this.#channel, partition }, from)
    return { ...fetched, records: fetched.records.map(opened) }
  }
}

/** As many as one page has. */
function page<T>(all: readonly T[], read: (each: T) => ChannelMessage): readonly ChannelMessage[] {
  const messages: ChannelMessage[] = []
  let bytes = 0
  for (const each of all) {
    const message = read(each)
    bytes += receivedBytes(message)
    if (bytes > pageBytes && messages.length > 0) break
    messages.push(message)
  }
  return messages
}
