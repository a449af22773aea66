import type { MessageRecord } from '@platformatic/kafka'
import { systemClock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { ChannelMessage, ChannelSpec, DeadLetterFacts, PublishOutcome } from '../../ports/broker.ts'
import { deadLetterHeaders, undecodedBytes } from '../../ports/dead-letter.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { messageWith } from '../../ports/received-message.ts'
import type { Cluster } from './cluster.ts'
import { deadChannel, deadSpec } from './dead-topic.ts'
import { channelUnknown, codesOf } from './faults.ts'
import { ask, committed, type RawRecord } from './fetch.ts'
import { Lane, type LaneParts } from './lane.ts'
import type { Link } from './link.ts'
import { patiently } from './patience.ts'
import { Producers } from './producers.ts'
import { decoded, encoded } from './records.ts'
import type { Topics } from './topics.ts'

/** What dead letters are written with. */
export interface DeadLetterParts {
  readonly link: Link
  readonly cluster: Cluster
  readonly topics: Topics
  readonly codec: MessageCodec | undefined
  readonly prefix: string
}

const patienceMs = 5_000
const lastMs = 2_000
/** Of a message that its topic does not take with the value, how many bytes that has. */
const leftOutHeader = 'ew-dl-left-out'

/**
 * Writes messages that groups have set aside into topics of their own, one after the other. Each has the key, the
 * headers and the value byte for byte as they stand in the partition from which it was read.
 */
export class DeadLetters {
  readonly #parts: DeadLetterParts
  readonly #laneParts: LaneParts
  /** Each counts what it has sent, so that there is one for a topic. */
  readonly #lanes = new Map<string, Lane>()
  readonly #specs = new Map<string, ChannelSpec>()
  /** By channel: the groups that have set something aside. */
  readonly #groups = new Map<string, Set<string>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: DeadLetterParts) {
    this.#parts = parts
    const { link, cluster } = parts
    // A value that came packed may only fit when it is packed again.
    this.#laneParts = {
      link,
      cluster,
      producers: new Producers(link),
      compression: () => 'gzip',
      stored: () => undefined,
    }
  }

  /** Notes how channels are kept, since their dead letters are kept at least as long. */
  know(specs: readonly ChannelSpec[]): void {
    for (const spec of specs) this.#specs.set(spec.name, spec)
  }

  /** Error: EW_CHANNEL_UNKNOWN for a channel or a partition that is not there. */
  put(group: string, message: ChannelMessage, facts: DeadLetterFacts): Promise<void> {
    const put = this.#last.then(() => this.#put(group, message, facts))
    this.#last = put.catch(() => undefined)
    return put
  }

  /** Deletes the topics of groups; default: of all that are known here to belong to the channel, which is gone. */
  async remove(channel: string, groups: readonly string[] = this.#known(channel)): Promise<void> {
    const { cluster, topics, prefix } = this.#parts
    const names = groups.map((group) => deadChannel(channel, group, prefix))
    const there = await cluster.partitions(names)
    for (const [index, name] of names.entries()) {
      this.#lanes.delete(name)
      if (there[index] !== undefined) await topics.remove(name)
    }
    for (const group of groups) this.#groups.get(channel)?.delete(group)
  }

  /** Waits for what is under way, and not for long. */
  async idle(): Promise<void> {
    const enough = new AbortController()
    await Promise.race([this.#last, systemClock.sleep(lastMs, enough.signal)])
    enough.abort()
  }

  #known(channel: string): readonly string[] {
    return [...new Set([...(this.#specs.get(channel)?.groups ?? []), ...(this.#groups.get(channel) ?? [])])]
  }

  async #put(group: string, message: ChannelMessage, facts: DeadLetterFacts): Promise<void> {
    const { cluster, prefix } = this.#parts
    const { channel, partition } = message
    const { leaders } = await cluster.topic(channel)
    if (leaders[partition] === undefined) throw channelUnknown(channel, partition)
    const found = (await this.#stored(message)) ?? (await this.#again(message))
    const told = deadLetterHeaders(message, group, facts)
    const leftOut = { ...told, [leftOutHeader]: `a value of ${found.value?.length ?? 0} bytes` }
    await this.#make(channel, group)
    const name = deadChannel(channel, group, prefix)
    let outcome = await this.#send(name, found, told)
    if (outcome.kind === 'refused') outcome = await this.#send(name, { ...found, value: null }, leftOut)
    if (outcome.kind === 'ok') return
    const why = outcome.kind === 'refused' ? outcome.reason : outcome.kind
    throw failure('EW_BROKER_FAILED', `The topic ${cluster.nameOf(name)} does not take a message: ${why}.`)
  }

  /** Makes the topic where it is missing; one that others have made may be otherwise. */
  async #make(channel: string, group: string): Promise<void> {
    const { cluster, topics, prefix } = this.#parts
    this.#groups.set(channel, (this.#groups.get(channel) ?? new Set()).add(group))
    const spec = this.#specs.get(channel) ?? { name: channel, partitions: 1, retentionMs: undefined }
    const wanted = deadSpec(spec, group, prefix)
    try {
      await cluster.topic(wanted.name)
    } catch (error) {
      if (!isEventwrightError(error, 'EW_CHANNEL_UNKNOWN')) throw error
      this.#lanes.delete(wanted.name)
      await topics.ensure([wanted])
    }
  }

  /** What stands in the partition; undefined when it is not there any more, or never was. */
  async #stored(message: ChannelMessage): Promise<RawRecord | undefined> {
    const { link, cluster } = this.#parts
    const { channel, partition, offset } = message
    const wanted = [{ name: cluster.nameOf(channel), partition, from: offset }]
    const found = await patiently(
      patienceMs,
      async () => {
        const leader = await cluster.leader(channel, partition)
        try {
          // The batch in which it stands comes whole.
          const answer = await ask(link, leader, wanted, { waitMs: 0, maxBytes: 1 })
          const { records, abortedTransactions } = answer.responses[0]!.partitions[0]!
          return committed(records ?? [], abortedTransactions ?? [], offset).records[0]
        } catch (error) {
          if (codesOf(error).has('OFFSET_OUT_OF_RANGE')) return undefined
          throw error
        }
      },
      () => cluster.forget(channel),
    )
    if (found?.offset !== offset) return undefined
    // The topic may be another one of the same name.
    const { id, key } = await decoded({ channel, partition }, found)
    return id === message.id && key === message.key ? found : undefined
  }

  /** The record of a message of which only the texts are left. */
  async #again(message: ChannelMessage): Promise<Letter> {
    const { codec } = this.#parts
    const bytes = undecodedBytes(message)
    if (bytes === undefined) {
      // What has no form in its format any more is shown as the text that it is.
      const { key, value, headers } = await Promise.resolve(encoded(message, codec)).catch(() => encoded(message))
      return { key, value, headers: [...headers] }
    }
    const { key, headers } = await encoded(messageWith(message, { value: '' }))
    return { key, value: bytes, headers: [...headers] }
  }

  async #send(channel: string, { key, value, headers }: Letter, told: Told): Promise<PublishOutcome> {
    const lane = this.#lanes.get(channel) ?? new Lane(this.#laneParts, channel, 0)
    this.#lanes.set(channel, lane)
    const added = Object.entries(told).map((pair) => pair.map((text) => Buffer.from(text)) as [Buffer, Buffer])
    // Under an object of its own for each, so that a name which is repeated stays so.
    const named = headers.map(([name, content]) => [Buffer.from(name ?? []), content] as const)
    const record = {
      topic: this.#parts.cluster.nameOf(channel),
      partition: 0,
      key,
      value,
      headers: new Map<Buffer, Buffer | null>([...named, ...added]),
    }
    let outcome: PublishOutcome = { kind: 'skipped' }
    // The library's types know of no null, and its writing does.
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    const settle = (settled: PublishOutcome): void => void (outcome = settled)
    await lane.add([{ record: record as unknown as MessageRecord, bytes, key: '', settle }])
    return outcome
  }
}

/** What stands in a record. */
type Letter = Pick<RawRecord, 'key' | 'value' | 'headers'>
type Told = Readonly<Record<string, string>>
