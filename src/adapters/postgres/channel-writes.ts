import { partitionOf } from '../../ports/message-decision.ts'
import { unknownChannel } from '../sql/channels.ts'
import type { PartResult, PublishPart } from '../sql/publish-lane.ts'
import { list } from './arguments.ts'
import type { Listeners } from './listen.ts'
import type { PostgresDriver } from './driver.ts'
import { sqlState } from './faults.ts'
import { goneChannel } from './publish-function.ts'

interface KnownChannel {
  readonly no: number
  readonly partitions: number
}

/** A partition to which messages of a batch come. */
interface Place {
  readonly no: number
  readonly partition: number
  readonly messages: PublishPart['messages'][number][]
}

/**
 * Publishes batches, each in one call of the database. The numbers of channels are remembered, since one that is made
 * anew gets another number; the call tells when one that is remembered is gone.
 */
export class ChannelWrites {
  readonly #driver: PostgresDriver
  readonly #listeners: Listeners
  readonly #known = new Map<string, KnownChannel>()

  constructor(driver: PostgresDriver, listeners: Listeners) {
    this.#driver = driver
    this.#listeners = listeners
  }

  /** The result of a part is an error when it names a channel that is unknown, and then nothing of it is stored. */
  async publish(parts: readonly PublishPart[]): Promise<readonly PartResult[]> {
    await this.#learn(parts)
    const results = parts.map(({ channels }) => this.#unknownOf(channels))
    const known = parts.filter((_, index) => results[index] === undefined)
    try {
      if (known.length > 0) await this.#store(known)
      return results
    } catch (error) {
      if (sqlState(error) !== goneChannel) throw error
      for (const { channels } of known) for (const name of channels) this.#known.delete(name)
      return this.publish(parts)
    }
  }

  async #learn(parts: readonly PublishPart[]): Promise<void> {
    const names = new Set(parts.flatMap(({ channels }) => [...channels].filter((name) => !this.#known.has(name))))
    if (names.size === 0) return
    const rows = await this.#driver.all(
      `select name, no, partitions from ew_channels where name in (${this.#driver.textsOf})`,
      JSON.stringify([...names]),
    )
    for (const [name, no, partitions] of rows) this.#known.set(name as string, { no, partitions } as KnownChannel)
  }

  #unknownOf(channels: ReadonlySet<string>): PartResult {
    for (const name of channels) if (!this.#known.has(name)) return unknownChannel(name)
    return undefined
  }

  async #store(parts: readonly PublishPart[]): Promise<void> {
    const channels = new Set(parts.flatMap((part) => [...part.channels]))
    const places = this.#placesOf(parts)
    const messages = places.flatMap(({ messages }, index) =>
      messages.map(({ id, key, headers, value }, r) => ({ s: index + 1, r, i: id, k: key, h: headers, v: value })),
    )
    await this.#driver.all(
      'select ew_publish_1(?, ?, ?, ?, ?, ?, ?)',
      list([...channels].map((name) => this.#known.get(name)!.no)),
      list(places.map(({ no }) => no)),
      list(places.map(({ partition }) => partition)),
      list(places.map(({ messages }) => messages.length)),
      JSON.stringify(messages),
      this.#listeners.channel(),
      this.#listeners.origin,
    )
  }

  /** In the order in which every process locks them. */
  #placesOf(parts: readonly PublishPart[]): readonly Place[] {
    const places = new Map<string, Place>()
    for (const message of parts.flatMap(({ messages }) => messages)) {
      const { no, partitions } = this.#known.get(message.channel)!
      const partition = partitionOf(message.key, partitions)
      const name = `${no} ${partition}`
      const place = places.get(name)
      if (place === undefined) places.set(name, { no, partition, messages: [message] })
      else place.messages.push(message)
    }
    return [...places.values()].sort((one, other) => one.no - other.no || one.partition - other.partition)
  }
}
