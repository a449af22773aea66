import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type {
  TopologyAdapter,
  TopologyFieldChange,
  TopologyFields,
  TopologyItem,
  TopologyServer,
  TopologyStep,
} from '../../ports/topology.ts'
import { Cluster } from './cluster.ts'
import { deadSpec } from './dead-topic.ts'
import { brokerFailed, responseOf } from './faults.ts'
import { loadLibrary } from './library.ts'
import { Link } from './link.ts'
import { patiently, pause } from './patience.ts'
import { settingsOf, type KafkaOptions, type KafkaSettings } from './settings.ts'
import { wantedTopic } from './topic-settings.ts'

const topicResource = 2 as const
const set = 0 as const
/** Where a value of a configuration comes from: it was set on the topic. */
const setOnTopic = 1
const requestMs = 15_000
const settleMs = 15_000
const patienceMs = 5_000

/** The topics that channels need in Kafka. Error: EW_CONFIG for a wrong address. */
export function kafkaTopology(place: string | KafkaOptions): TopologyAdapter {
  const settings = settingsOf(place)
  return {
    name: settings.name,
    wanted: (channels) => wantedItems(channels, settings),
    whyFixed: (_, field) =>
      field === 'replicas' ? 'replicas are moved by kafka-reassign-partitions or Cruise Control' : undefined,
    async open() {
      const link = new Link(await loadLibrary(), settings)
      return new KafkaTopology(link, settings)
    },
  }
}

function wantedItems(channels: readonly ChannelSpec[], settings: KafkaSettings): readonly TopologyItem[] {
  const itemOf = (spec: ChannelSpec, channel: string): TopologyItem => {
    const { name, partitions, replicas, configs } = wantedTopic(spec, settings)
    const fields = { partitions, ...(replicas !== undefined && { replicas }), ...configs }
    return { kind: 'topic', name, channel, fields }
  }
  const items = channels.flatMap((spec) => {
    const dead = (spec.groups ?? []).map((group) => deadSpec(spec, group, settings.prefix))
    return [itemOf(spec, spec.name), ...dead.map((each) => ({ ...itemOf(each, spec.name), later: true as const }))]
  })
  const alike = Map.groupBy(items, ({ name }) => name.replaceAll('.', '_'))
  for (const [first, second] of alike.values()) {
    if (second === undefined) continue
    throw failure(
      'EW_CONFIG',
      `Kafka refuses the topics ${first!.name} and ${second.name} together: . is as _ in metrics.`,
    )
  }
  return items
}

type MetadataAnswer = Awaited<ReturnType<Link['metadata']>>

class KafkaTopology implements TopologyServer {
  readonly #link: Link
  readonly #cluster: Cluster
  readonly #settings: KafkaSettings

  constructor(link: Link, settings: KafkaSettings) {
    this.#link = link
    this.#settings = settings
    this.#cluster = new Cluster(link, '')
  }

  async read(wanted: readonly TopologyItem[]): Promise<readonly TopologyItem[]> {
    return this.#attempt('reading topics', async () => {
      const declared = new Map(wanted.map((item) => [item.name, item]))
      // A topic that goes in between is in the list of the first answer and unknown to the second.
      const [topics, configs] = await patiently(patienceMs, async () => {
        const all = await this.#topics()
        return [all, await this.#configs(all.flatMap(({ name }) => (declared.has(name ?? '') ? [name!] : [])))] as const
      })
      return topics.flatMap(({ name, partitions }): readonly TopologyItem[] => {
        if (typeof name !== 'string') return []
        const item = declared.get(name)
        if (item !== undefined) return [foundItem(item, partitions, configs.get(name) ?? [])]
        return name.startsWith(this.#settings.prefix) ? [{ kind: 'topic', name, fields: {} }] : []
      })
    })
  }

  async carryOut(steps: readonly TopologyStep[]): Promise<void> {
    await this.#attempt('changing topics', async () => {
      await this.#create(steps)
      await this.#raise(steps)
      await this.#configure(steps)
      await this.#delete(steps)
      await this.#settled(steps)
    })
  }

  async close(): Promise<void> {
    await this.#link.close()
  }

  async #create(steps: readonly TopologyStep[]): Promise<void> {
    const topics = steps.flatMap(({ action, item: { name, fields } }) => {
      if (action !== 'create') return []
      const { partitions, replicas = -1, ...configs } = fields
      return {
        name,
        numPartitions: Number(partitions),
        replicationFactor: Number(replicas),
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value: String(value) })),
      }
    })
    if (topics.length === 0) return
    await this.#link.call(await this.#cluster.controller(), 'calls', 'createTopics', topics, requestMs, false)
  }

  async #raise(steps: readonly TopologyStep[]): Promise<void> {
    const topics = changed(steps).flatMap(({ item: { name }, fields }) =>
      fields.flatMap(({ field, to }) => (field === 'partitions' ? { name, count: Number(to), assignments: null } : [])),
    )
    if (topics.length === 0) return
    await this.#link.call(await this.#cluster.controller(), 'calls', 'createPartitions', topics, requestMs, false)
  }

  async #configure(steps: readonly TopologyStep[]): Promise<void> {
    const resources = changed(steps).flatMap(({ item: { name: resourceName }, fields }) => {
      const configs = fields.flatMap(({ field, to }) =>
        field === 'partitions' ? [] : ({ name: field, configOperation: set, value: String(to) } as const),
      )
      return configs.length === 0 ? [] : ({ resourceType: topicResource, resourceName, configs } as const)
    })
    if (resources.length === 0) return
    const controller = await this.#cluster.controller()
    await this.#link.call(controller, 'calls', 'incrementalAlterConfigs', resources, false)
  }

  async #delete(steps: readonly TopologyStep[]): Promise<void> {
    const topics = steps.flatMap(({ action, item: { name } }) => (action === 'delete' ? { name } : []))
    if (topics.length === 0) return
    await this.#link.call(await this.#cluster.controller(), 'calls', 'deleteTopics', topics, requestMs)
  }

  /** A broker hears a little later of what another one has done. */
  async #settled(steps: readonly TopologyStep[]): Promise<void> {
    if (steps.length === 0) return
    const deadline = performance.now() + settleMs
    for (let attempt = 1; performance.now() < deadline; attempt++) {
      const found = new Map((await this.read(steps.map(({ item }) => item))).map((item) => [item.name, item]))
      if (steps.every((step) => isDone(step, found.get(step.item.name)))) return
      await pause(attempt)
    }
    throw new Error('The cluster does not show yet what was changed')
  }

  async #topics(): Promise<MetadataAnswer['topics']> {
    const { topics } = await patiently(patienceMs, async () => {
      try {
        // None in particular means all of them.
        return await this.#link.metadata(null as unknown as string[])
      } catch (error) {
        // One that was made a moment ago has no leader yet, and the answer tells of all others.
        const answer = responseOf<MetadataAnswer>(error)
        if (answer === undefined || !Array.isArray(answer.topics)) throw error
        return answer
      }
    })
    return topics.filter(({ isInternal, partitions }) => !isInternal && partitions.length > 0)
  }

  async #configs(names: readonly string[]): Promise<ReadonlyMap<string, readonly TopicConfig[]>> {
    if (names.length === 0) return new Map()
    const resources = names.map((resourceName) => ({ resourceType: topicResource, resourceName }))
    const { results } = await this.#link.call(undefined, 'calls', 'describeConfigs', resources, false, false)
    return new Map(results.map(({ resourceName, configs }) => [resourceName, configs]))
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw brokerFailed(this.#settings.name, what, error)
    }
  }
}

interface TopicConfig {
  readonly name: string
  readonly value?: string | null | undefined
  readonly configSource: number
}

type Change = Extract<TopologyStep, { action: 'change' }>

function changed(steps: readonly TopologyStep[]): readonly Change[] {
  return steps.filter((step) => step.action === 'change')
}

function foundItem(
  wanted: TopologyItem,
  partitions: MetadataAnswer['topics'][number]['partitions'],
  configs: readonly TopicConfig[],
): TopologyItem {
  const { kind, name, channel = name, fields } = wanted
  const valued = configs.filter(({ value }) => typeof value === 'string')
  const isWanted = (config: TopicConfig): boolean => fields[config.name] !== undefined
  const listed = (list: readonly TopicConfig[]): TopologyFields =>
    Object.fromEntries(list.map(({ name: field, value }) => [field, value!]))
  const besides = valued.filter((config) => config.configSource === setOnTopic && !isWanted(config))
  return {
    kind,
    name,
    channel,
    fields: {
      partitions: partitions.length,
      ...(fields['replicas'] !== undefined && { replicas: partitions[0]?.replicaNodes.length ?? 0 }),
      ...listed(valued.filter(isWanted)),
    },
    ...(besides.length > 0 && { besides: listed(besides) }),
  }
}

function isDone(step: TopologyStep, found: TopologyItem | undefined): boolean {
  if (step.action === 'delete') return found === undefined
  if (found === undefined) return false
  const { fields } = step.item
  const isSet = ({ field }: Pick<TopologyFieldChange, 'field'>): boolean => found.fields[field] === fields[field]
  return step.action === 'change' ? step.fields.every(isSet) : Object.keys(fields).every((field) => isSet({ field }))
}
