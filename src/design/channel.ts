import type { Duration } from '../schema/field.ts'
import type { AnyMessage } from './definition.ts'
import { frozenList } from './tables.ts'
import { freezeDeep } from '../base/freeze.ts'

/** Any channel. What it carries is no part of its type: each use of a channel would compare every event of it. */
export interface AnyChannel {
  readonly kind: 'channel'
  readonly name: string
  readonly carries: readonly AnyMessage[]
  /** The field whose value orders messages: equal keys keep their order. */
  readonly key: string
  /** How long messages are kept; undefined means the broker's default. */
  readonly retention: Duration | undefined
  /** How values are written on a broker outside of the store; one inside it always has JSON. */
  readonly format: MessageFormat
  readonly kafka: KafkaOptions
  readonly rabbitmq: RabbitmqOptions
}

/** How the value of a message is written: as JSON text, or with a schema of a registry in Confluent's framing. */
export type MessageFormat = 'json' | 'avro' | 'protobuf'

/** Settings of a channel's Kafka topic. */
export interface KafkaOptions {
  readonly partitions?: number
  readonly replicas?: number
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly maxMessageBytes?: number
}

/** Settings of a channel's RabbitMQ queues. */
export interface RabbitmqOptions {
  readonly queue?: 'quorum' | 'classic' | 'stream'
  readonly deliveryLimit?: number
}

/** A channel; `M` is the union of the definitions that it carries. */
export interface ChannelDef<N extends string, M> extends AnyChannel {
  readonly name: N
  readonly '~carries': M
}

/**
 * Declares a channel: a Kafka topic, or a RabbitMQ exchange with its queues. `key` is a field that every message has.
 */
export function channel<const N extends string, const Ms extends readonly AnyMessage[]>(
  name: N,
  head: {
    readonly carries: Ms
    readonly key: keyof Ms[number]['~data'] & string
    readonly retention?: Duration
    readonly format?: MessageFormat
    readonly kafka?: KafkaOptions
    readonly rabbitmq?: RabbitmqOptions
  },
): ChannelDef<N, Ms[number]> {
  const { key, retention, format = 'json', kafka = {}, rabbitmq = {} } = head
  return Object.freeze({
    kind: 'channel',
    name,
    carries: frozenList<AnyMessage>(head.carries),
    key,
    retention,
    format,
    kafka: freezeDeep({ ...kafka }),
    rabbitmq: freezeDeep({ ...rabbitmq }),
  }) as unknown as ChannelDef<N, Ms[number]>
}
