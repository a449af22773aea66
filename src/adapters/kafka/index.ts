import '../../base/node-version.ts'
import type { BrokerAdapter } from '../../ports/broker-adapter.ts'
import { openBroker } from './broker.ts'
import { settingsOf, type KafkaOptions } from './settings.ts'

export type { KafkaOptions, KafkaSasl } from './settings.ts'

/**
 * A cluster of Kafka: its address `kafka://host:port,host:port`, or options. It needs the package
 * `@platformatic/kafka`. A channel is a topic; members of a group share its partitions by the ownership table of their
 * store, and Kafka deletes old messages itself. Errors: EW_CONFIG; on opening EW_DRIVER_MISSING, EW_BROKER_FAILED.
 */
export function kafka(place: string | KafkaOptions): BrokerAdapter {
  const settings = settingsOf(place)
  return { kind: 'broker', name: settings.name, open: ({ codec }) => openBroker(settings, codec) }
}
