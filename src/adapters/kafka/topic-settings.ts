import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type { KafkaSettings } from './settings.ts'

/** A topic as a channel needs it. */
export interface WantedTopic {
  readonly name: string
  readonly partitions: number
  /** Undefined: as the broker has it. */
  readonly replicas: number | undefined
  readonly configs: Readonly<Record<string, string>>
}

/** What of the settings decides how topics are made. */
export type TopicPlace = Pick<KafkaSettings, 'prefix' | 'replicas' | 'maxReplicas'>

/** A message has four texts of at most 1 MiB. */
export const usualMessageBytes: number = 5 << 20
const named = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/

/** The topic of a channel. Error: EW_CONFIG for a name that Kafka does not take. */
export function wantedTopic(spec: ChannelSpec, place: TopicPlace): WantedTopic {
  const { name, partitions, retentionMs, kafka = {} } = spec
  const { replicas: declared = place.replicas, maxMessageBytes = usualMessageBytes, compression } = kafka
  const replicas = declared && Math.min(declared, place.maxReplicas)
  return {
    name: checkedTopic(`${place.prefix}${name}`),
    partitions,
    replicas,
    configs: {
      'retention.ms': `${retentionMs ?? -1}`,
      'cleanup.policy': 'delete',
      'max.message.bytes': `${maxMessageBytes}`,
      // Times of one clock, so that a time finds a place; of several producers none would be later than another.
      'message.timestamp.type': 'LogAppendTime',
      ...(compression !== undefined && { 'compression.type': compression === 'none' ? 'uncompressed' : compression }),
      // What is acknowledged is on two brokers.
      ...(replicas !== undefined && replicas >= 2 && { 'min.insync.replicas': '2' }),
    },
  }
}

/** Error: EW_CONFIG for a name that Kafka does not take. */
export function checkedTopic(name: string): string {
  if (named.test(name)) return name
  throw failure(
    'EW_CONFIG',
    `Kafka has no topic called ${JSON.stringify(name)}: letters, digits, ., _ and -, at most 249.`,
  )
}
