import type { Channel } from 'amqplib'
import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import { brokerFailed, closeChannel, isMissing, preconditionFailed, replyCode, type Connection } from './connection.ts'
import { checked, deadQueue, groupQueue, partitionExchange, streamQueue } from './names.ts'
import { deadArguments, groupArguments, kindOf, streamArguments } from './queue-arguments.ts'
import type { Settings } from './settings.ts'

/** A channel as it stands in the server. */
export interface KnownChannel {
  readonly name: string
  /** Its name in the server. */
  readonly at: string
  readonly partitions: number
  readonly kind: 'quorum' | 'stream'
  readonly deliveryLimit: number
  /** Groups that are known here to have queues. */
  readonly groups: Set<string>
  /** Those without which nothing may be sent. */
  readonly needed: ReadonlySet<string>
}

/**
 * What channels are made of. Each partition has an exchange that hands everything to a stream, or to a queue of every
 * group. The exchange with the name of the channel is made last, so that a channel is there as a whole or not at all;
 * by it others may send, with the number of a partition as routing key. How many partitions there are is seen from
 * their exchanges, since the server tells nobody how something is made.
 */
export class Topology {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #known = new Map<string, KnownChannel>()
  /** Known ones that may not be there any more. */
  readonly #doubtful = new Set<string>()
  readonly #asked = new Map<string, Promise<KnownChannel | undefined>>()

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  /** Error: EW_CHANNEL_UNKNOWN. */
  async find(name: string): Promise<KnownChannel> {
    const sure = this.#doubtful.has(name) ? undefined : this.#known.get(name)
    const known = sure ?? ((await this.#discovered(name)) && this.#known.get(name))
    if (known === undefined) throw failure('EW_CHANNEL_UNKNOWN', `${this.#settings.name} has no channel ${name}.`)
    return known
  }

  /** Error: EW_CHANNEL_CHANGED; then none is made. */
  async ensure(specs: readonly ChannelSpec[]): Promise<void> {
    const found = await Promise.all(specs.map(({ name }) => this.#discovered(name)))
    for (const [index, spec] of specs.entries()) this.#assertSame(spec, found[index])
    for (const [index, spec] of specs.entries()) await this.#make(spec, found[index])
  }

  /** Makes the queues of a group, so that it misses nothing from now on. */
  async addGroup(channel: KnownChannel, group: string): Promise<void> {
    if (channel.kind === 'stream') return
    await this.#with((on) => this.#makeGroup(on, channel, group))
    channel.groups.add(group)
  }

  /** Makes the queue of what a group could not do. */
  async addDeadQueue({ at }: KnownChannel, group: string): Promise<void> {
    await this.#with(async (on) => void (await makeDead(on, deadQueue(at, group))))
  }

  /** Deletes the queues of a group; nothing happens where there are none. */
  async removeGroup(name: string, group: string): Promise<void> {
    const known = this.#known.get(name) ?? (await this.#discovered(name))
    if (known === undefined) return
    const { at, partitions, kind } = known
    known.groups.delete(group)
    await this.#with(async (on) => {
      for (let partition = 0; partition < partitions && kind === 'quorum'; partition++)
        await on.deleteQueue(groupQueue(at, group, partition))
      await on.deleteQueue(deadQueue(at, group))
    })
  }

  /** Makes again what nothing may be sent without. */
  async mend(channel: KnownChannel): Promise<void> {
    for (const group of channel.needed) await this.addGroup(channel, group)
  }

  /** Looks again before it believes what it knows. */
  doubt(name: string): void {
    this.#doubtful.add(name)
  }

  /** Deletes what is known here to belong to it; queues of groups that nobody has told of stay, and get nothing. */
  async remove(name: string): Promise<void> {
    const known = this.#known.get(name) ?? (await this.#discovered(name))
    this.#known.delete(name)
    if (known === undefined) return
    const { at } = known
    await this.#with(async (on) => {
      await on.deleteExchange(at)
      for (let partition = 0; partition < known.partitions; partition++) {
        await on.deleteExchange(partitionExchange(at, partition))
        if (known.kind === 'stream') await on.deleteQueue(streamQueue(at, partition))
        for (const group of known.groups) await on.deleteQueue(groupQueue(at, group, partition))
      }
      for (const group of known.groups) await on.deleteQueue(deadQueue(at, group))
    })
  }

  #assertSame(spec: ChannelSpec, found: KnownChannel | undefined): void {
    const { name, partitions } = spec
    if (found === undefined) return
    if (found.partitions !== partitions)
      throw failure(
        'EW_CHANNEL_CHANGED',
        `The channel ${name} has ${found.partitions} partitions, not ${partitions}.`,
        {
          details: { channel: name, partitions: found.partitions, wanted: partitions },
        },
      )
    const kind = kindOf(spec, this.#settings)
    if (found.kind === kind) return
    throw failure('EW_CHANNEL_CHANGED', `The channel ${name} is kept in RabbitMQ as ${found.kind}, not as ${kind}.`, {
      details: { channel: name, kind: found.kind, wanted: kind },
    })
  }

  async #make(spec: ChannelSpec, found: KnownChannel | undefined): Promise<void> {
    const { name, partitions, rabbitmq, groups = [] } = spec
    const known = this.#known.get(name) ?? found
    const at = this.#at(name)
    const channel: KnownChannel = {
      name,
      at,
      partitions,
      kind: kindOf(spec, this.#settings),
      deliveryLimit: rabbitmq?.deliveryLimit ?? this.#settings.deliveryLimit,
      groups: new Set([...(known?.groups ?? []), ...groups]),
      needed: new Set(groups),
    }
    await this.#with(async (on) => {
      for (let partition = 0; partition < partitions; partition++) {
        const exchange = partitionExchange(at, partition)
        await on.assertExchange(exchange, 'fanout', { durable: true })
        if (channel.kind !== 'stream') continue
        if (found === undefined) await this.#makeStream(on, spec, streamQueue(at, partition))
        await on.bindQueue(streamQueue(at, partition), exchange, '')
      }
      for (const group of groups) {
        if (channel.kind === 'quorum') await this.#makeGroup(on, channel, group)
        else await makeDead(on, deadQueue(at, group))
      }
      await on.assertExchange(at, 'direct', { durable: true })
      for (let partition = 0; partition < partitions; partition++)
        await on.bindExchange(partitionExchange(at, partition), at, String(partition))
    })
    this.#known.set(name, channel)
  }

  async #makeStream(on: Channel, spec: ChannelSpec, queue: string): Promise<void> {
    await on.assertQueue(queue, { durable: true, arguments: streamArguments(spec) })
  }

  async #makeGroup(on: Channel, { at, partitions, deliveryLimit }: KnownChannel, group: string): Promise<void> {
    const dead = deadQueue(at, group)
    await makeDead(on, dead)
    for (let partition = 0; partition < partitions; partition++) {
      const queue = groupQueue(at, group, partition)
      await on.assertQueue(queue, { durable: true, arguments: groupArguments(deliveryLimit, dead) })
      await on.bindQueue(queue, partitionExchange(at, partition), '')
    }
  }

  #discovered(name: string): Promise<KnownChannel | undefined> {
    const asked = this.#asked.get(name)
    if (asked !== undefined) return asked
    const asking = this.#discover(name).finally(() => this.#asked.delete(name))
    this.#asked.set(name, asking)
    return asking
  }

  async #discover(name: string): Promise<KnownChannel | undefined> {
    this.#doubtful.delete(name)
    const at = this.#at(name)
    if (!(await this.#isThere((on) => on.checkExchange(at)))) {
      this.#known.delete(name)
      return undefined
    }
    const has = (partition: number): Promise<boolean> =>
      this.#isThere((on) => on.checkExchange(partitionExchange(at, partition)))
    let none = 1
    while (await has(none - 1)) none *= 2
    let some = none >>> 1
    while (none - some > 1) {
      const middle = (some + none) >>> 1
      if (await has(middle - 1)) some = middle
      else none = middle
    }
    if (some === 0) return undefined
    const kind = (await this.#isThere((on) => on.checkQueue(streamQueue(at, 0)))) ? 'stream' : 'quorum'
    const known = this.#known.get(name)
    if (known?.partitions === some && known.kind === kind) return known
    const { deliveryLimit } = this.#settings
    const groups = { groups: new Set<string>(), needed: new Set<string>() }
    const found: KnownChannel = { name, at, partitions: some, kind, deliveryLimit, ...groups }
    // Partitions that were added meanwhile would take keys away from those that have their messages.
    if (known?.kind !== kind || known.partitions > some) this.#known.set(name, found)
    return found
  }

  #at(name: string): string {
    return checked(`${this.#settings.prefix}${name}`)
  }

  /** Each question has a channel of its own, since the server ends the one in which something is not there. */
  async #isThere(ask: (on: Channel) => Promise<unknown>): Promise<boolean> {
    const on = await this.#connection.channel()
    try {
      await ask(on)
      await closeChannel(on)
      return true
    } catch (cause) {
      if (isMissing(cause)) return false
      await closeChannel(on)
      throw brokerFailed(this.#settings.name, cause)
    }
  }

  async #with(work: (on: Channel) => Promise<void>): Promise<void> {
    const on = await this.#connection.channel()
    try {
      await work(on)
      await closeChannel(on)
    } catch (cause) {
      await closeChannel(on)
      if (replyCode(cause) !== preconditionFailed) throw brokerFailed(this.#settings.name, cause)
      throw failure('EW_CHANNEL_CHANGED', `${this.#settings.name}: ${(cause as Error).message}`, { cause })
    }
  }
}

async function makeDead(on: Channel, queue: string): Promise<void> {
  await on.assertQueue(queue, { durable: true, arguments: deadArguments })
}
