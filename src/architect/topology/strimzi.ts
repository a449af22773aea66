import { failure } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { TopologyItem, TopologyValue } from '../../ports/topology.ts'
import { yamlLines } from '../yaml.ts'

/** Where the topics are to be. */
export interface StrimziPlace {
  /** The name of the Kafka cluster in Strimzi. */
  readonly cluster: string
  /** Default: the one in which the file is applied. */
  readonly namespace?: string
}

/** What Strimzi reads, one for each topic. */
export interface KafkaTopicResource {
  readonly apiVersion: 'kafka.strimzi.io/v1'
  readonly kind: 'KafkaTopic'
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: { readonly 'strimzi.io/cluster': string }
  }
  readonly spec: {
    readonly topicName: string
    readonly partitions: number
    readonly replicas?: number
    readonly config: Readonly<Record<string, string | number>>
  }
}

/** Topics as resources of Strimzi. Error: EW_CONFIG for a cluster or namespace that Kubernetes refuses. */
export function kafkaTopics(topics: readonly TopologyItem[], place: StrimziPlace): readonly KafkaTopicResource[] {
  const { cluster, namespace } = place
  assertLabel('cluster', cluster)
  if (namespace !== undefined) assertLabel('namespace', namespace)
  return topics.map(({ name, fields: { partitions, replicas, ...config } }) => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: {
      name: resourceName(name),
      ...(namespace !== undefined && { namespace }),
      labels: { 'strimzi.io/cluster': cluster },
    },
    spec: {
      topicName: name,
      partitions: Number(partitions),
      ...(replicas !== undefined && { replicas: Number(replicas) }),
      config: Object.fromEntries(Object.entries(config).map(([key, value]) => [key, configValue(value)])),
    },
  }))
}

/** Resources as YAML, one document each. */
export function yamlOf(resources: readonly KafkaTopicResource[]): string {
  return resources.map((resource) => `---\n${yamlLines(resource).join('\n')}\n`).join('')
}

const mostCharacters = 253
const resource = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The topic's own name where Kubernetes takes it; otherwise one that no other topic gets. */
function resourceName(topic: string): string {
  if (topic.length <= mostCharacters && resource.test(topic)) return topic
  const plain = topic
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 200)
    .replaceAll(/^-|-$/g, '')
  return `${plain === '' ? 'topic' : plain}-${fingerprint(topic).slice(0, 10)}`
}

function assertLabel(what: string, text: string): void {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return
  throw failure(
    'EW_CONFIG',
    `The ${what} ${JSON.stringify(text)} is no name in Kubernetes: a-z, 0-9 and -, at most 63.`,
  )
}

function configValue(value: TopologyValue): string | number {
  const text = String(value)
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text
}
