import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type { Cluster } from './cluster.ts'
import { codesOf } from './faults.ts'
import type { Link } from './link.ts'
import { passes, patiently, pause } from './patience.ts'
import { checkedTopic, wantedTopic, type TopicPlace } from './topic-settings.ts'

const topicResource = 2 as const
const set = 0 as const
const requestMs = 15_000
const settleMs = 10_000
const patienceMs = 5_000

/** Makes topics, and changes and deletes them. */
export class Topics {
  readonly #link: Link
  readonly #cluster: Cluster
  readonly #settings: TopicPlace

  constructor(link: Link, cluster: Cluster, settings: TopicPlace) {
    this.#link = link
    this.#cluster = cluster
    this.#settings = settings
  }

  async ensure(specs: readonly ChannelSpec[]): Promise<void> {
    for (const { name } of specs) checkedTopic(this.#cluster.nameOf(name))
    const missing = await this.#missing(specs)
    await this.#create(missing)
    const made = new Set(missing)
    await this.#change(specs.filter((spec) => !made.has(spec)))
    for (const { name } of specs) this.#cluster.expect(name)
  }

  async remove(channel: string): Promise<void> {
    await patiently(patienceMs, async () => {
      const controller = await this.#cluster.controller()
      const topics = [{ name: this.#cluster.nameOf(channel) }]
      try {
        await this.#link.call(controller, 'calls', 'deleteTopics', topics, requestMs)
      } catch (error) {
        if (!codesOf(error).has('UNKNOWN_TOPIC_OR_PARTITION')) throw error
      }
    })
    this.#cluster.drop(channel)
    await this.#until([channel], (partitions) => partitions === undefined)
  }

  /** Those that are not there. Error: EW_CHANNEL_CHANGED for one that is, with other partitions. */
  async #missing(specs: readonly ChannelSpec[]): Promise<readonly ChannelSpec[]> {
    const found = await patiently(patienceMs, () => this.#cluster.partitions(specs.map(({ name }) => name)))
    specs.forEach(({ name, partitions: wanted }, index) => {
      const partitions = found[index]
      if (partitions === undefined || partitions === wanted) return
      throw failure('EW_CHANNEL_CHANGED', `The channel ${name} has ${partitions} partitions, not ${wanted}.`, {
        details: { channel: name, partitions, wanted },
      })
    })
    return specs.filter((_, index) => found[index] === undefined)
  }

  async #create(specs: readonly ChannelSpec[]): Promise<void> {
    if (specs.length === 0) return
    const topics = specs.map((spec) => this.#topicOf(spec))
    try {
      const create = async (): Promise<void> => {
        const controller = await this.#cluster.controller()
        await this.#link.call(controller, 'calls', 'createTopics', topics, requestMs, false)
      }
      await patiently(settleMs, create, undefined, mayCreate)
    } catch (error) {
      // Another process may have been as quick; what it has made is compared.
      const others = [...codesOf(error)].filter((code) => code !== 'TOPIC_ALREADY_EXISTS')
      if (others.length > 0 || codesOf(error).size === 0) throw error
    }
    const names = specs.map(({ name }) => name)
    await this.#until(names, (partitions) => partitions !== undefined)
    await this.#missing(specs)
  }

  #topicOf(spec: ChannelSpec) {
    const { name, partitions, replicas = -1, configs } = wantedTopic(spec, this.#settings)
    return {
      name,
      numPartitions: partitions,
      replicationFactor: replicas,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
  }

  /** Sets what is declared and other than it is. */
  async #change(specs: readonly ChannelSpec[]): Promise<void> {
    if (specs.length === 0) return
    const wanted = new Map(specs.map((spec) => [this.#cluster.nameOf(spec.name), settingsOf(spec)]))
    const resources = [...wanted].map(([resourceName, settings]) => {
      return { resourceType: topicResource, resourceName, configurationKeys: [...settings.keys()] }
    })
    const { results } = await patiently(patienceMs, () =>
      this.#link.call(undefined, 'calls', 'describeConfigs', resources, false, false),
    )
    const changes = results.flatMap(({ resourceName, configs }) => {
      const settings = wanted.get(resourceName)!
      const other = configs.filter(({ name, value }) => settings.has(name) && settings.get(name) !== value)
      if (other.length === 0) return []
      const changed = other.map(({ name }) => ({ name, configOperation: set, value: settings.get(name)! }) as const)
      return [{ resourceType: topicResource, resourceName, configs: changed } as const]
    })
    if (changes.length === 0) return
    await patiently(patienceMs, async () => {
      const controller = await this.#cluster.controller()
      await this.#link.call(controller, 'calls', 'incrementalAlterConfigs', changes, false)
    })
  }

  /** A broker hears a little later of what another one has done. */
  async #until(channels: readonly string[], holds: (partitions: number | undefined) => boolean): Promise<void> {
    const deadline = performance.now() + settleMs
    for (let attempt = 1; performance.now() < deadline; attempt++) {
      const found = await patiently(patienceMs, () => this.#cluster.partitions(channels))
      if (found.every(holds)) return
      await pause(attempt)
    }
    throw new Error(`The cluster does not agree on ${channels.join()} yet`)
  }
}

function settingsOf({ retentionMs, kafka = {} }: ChannelSpec): ReadonlyMap<string, string> {
  const { maxMessageBytes } = kafka
  return new Map([
    ['retention.ms', `${retentionMs ?? -1}`],
    ...(maxMessageBytes === undefined ? [] : ([['max.message.bytes', `${maxMessageBytes}`]] as const)),
  ])
}

/** Brokers that have just begun, or that are out of breath, do not count as places of replicas. */
function mayCreate(error: unknown): boolean {
  return passes(error) || codesOf(error).has('INVALID_REPLICATION_FACTOR')
}
