import type { ChannelSpec, OutgoingMessage, PublishOutcome, TopicSpec } from '../../ports/broker.ts'
import { isEventwrightError } from '../../base/errors.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { decideMessages } from '../../ports/message-decision.ts'
import type { Cluster } from './cluster.ts'
import { Lane, type LaneParts, type Waiting } from './lane.ts'
import type { Link } from './link.ts'
import { partitionOfKey } from './murmur2.ts'
import { patiently } from './patience.ts'
import { Producers } from './producers.ts'
import { encoded, toRecord, type EncodedRecord } from './records.ts'

/** A record, or why there is none. */
type Form = EncodedRecord | string

const patienceMs = 15_000

/** Sends the messages of calls to their partitions. */
export class Publisher {
  readonly #cluster: Cluster
  readonly #codec: MessageCodec | undefined
  readonly #parts: LaneParts
  readonly #lanes = new Map<string, Map<number, Lane>>()
  readonly #compressions = new Map<string, TopicSpec['compression']>()
  readonly #partitions = new Map<string, number>()
  readonly #calls = new Set<Promise<unknown>>()

  constructor(link: Link, cluster: Cluster, codec: MessageCodec | undefined, stored: LaneParts['stored']) {
    this.#cluster = cluster
    this.#codec = codec
    const compression = (channel: string): TopicSpec['compression'] => this.#compressions.get(channel)
    this.#parts = { link, cluster, producers: new Producers(link), compression, stored }
  }

  /** How the batches of a channel are packed from now on, and over how many partitions its keys are spread. */
  prepare({ name, partitions, kafka }: ChannelSpec): void {
    this.#compressions.set(name, kafka?.compression)
    this.#partitions.set(name, partitions)
  }

  /** The channel is gone, and what its partitions knew of us with it. */
  forget(channel: string): void {
    this.#lanes.delete(channel)
    this.#partitions.delete(channel)
  }

  publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]> {
    const call = this.#publish(messages)
    const quiet = call.catch(() => undefined).finally(() => this.#calls.delete(quiet))
    this.#calls.add(quiet)
    return call
  }

  /** Waits for every call that is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#calls)
  }

  async #publish(messages: readonly OutgoingMessage[]): Promise<readonly PublishOutcome[]> {
    const counts = new Map<string, number>()
    await Promise.all(
      [...new Set(messages.map(({ channel }) => channel))].map(async (channel) => {
        const { leaders } = await patiently(patienceMs, () => this.#cluster.topic(channel))
        // Partitions that were added meanwhile would take keys away from those that have their messages.
        counts.set(channel, this.#partitions.get(channel) ?? leaders.length)
      }),
    )
    const { outcomes, records } = await this.#encoded(messages)
    const waiting = new Map<Lane, Waiting[]>()
    records.forEach((record, index) => {
      if (record === undefined) return
      const { channel, key } = messages[index]!
      const partition = partitionOfKey(record.key, counts.get(channel)!)
      const lane = this.#lane(channel, partition)
      const own = waiting.get(lane)
      const each: Waiting = {
        record: toRecord(record, this.#cluster.nameOf(channel), partition),
        bytes: record.bytes,
        key,
        settle: (outcome) => (outcomes[index] = outcome),
      }
      if (own === undefined) waiting.set(lane, [each])
      else own.push(each)
    })
    const results = await Promise.allSettled([...waiting].map(([lane, own]) => lane.add(own)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
    return outcomes
  }

  /** The records of those messages that have a form, and the outcomes of the others. */
  async #encoded(messages: readonly OutgoingMessage[]): Promise<{
    readonly outcomes: PublishOutcome[]
    readonly records: readonly (EncodedRecord | undefined)[]
  }> {
    const outcomes = [...decideMessages(messages)]
    const form = (message: OutgoingMessage, index: number): Form | Promise<Form> | undefined =>
      outcomes[index]!.kind === 'ok' ? this.#form(message) : undefined
    const making = messages.map(form)
    const forms = this.#codec === undefined ? (making as readonly (Form | undefined)[]) : await Promise.all(making)
    const stopped = new Map<string, Set<string>>()
    const records = forms.map((form, index) => {
      const { channel, key } = messages[index]!
      if (form === undefined) return undefined
      if (stopped.get(channel)?.has(key) === true) {
        outcomes[index] = { kind: 'skipped' }
        return undefined
      }
      if (typeof form !== 'string') return form
      outcomes[index] = { kind: 'refused', reason: form }
      stopped.set(channel, (stopped.get(channel) ?? new Set()).add(key))
      return undefined
    })
    return { outcomes, records }
  }

  /** The record of a message, or why it has none. */
  #form(message: OutgoingMessage): Form | Promise<Form> {
    const form = encoded(message, this.#codec)
    if (!(form instanceof Promise)) return form
    return form.catch((error: unknown) => {
      if (isEventwrightError(error, 'EW_MESSAGE_UNWRITABLE')) return error.message
      throw error
    })
  }

  #lane(channel: string, partition: number): Lane {
    let lanes = this.#lanes.get(channel)
    if (lanes === undefined) this.#lanes.set(channel, (lanes = new Map<number, Lane>()))
    let lane = lanes.get(partition)
    if (lane === undefined) lanes.set(partition, (lane = new Lane(this.#parts, channel, partition)))
    return lane
  }
}
