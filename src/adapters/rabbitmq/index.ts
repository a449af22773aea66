import '../../base/node-version.ts'
import type { BrokerAdapter } from '../../ports/broker-adapter.ts'
import { openBroker } from './open.ts'
import { describeUrl, settingsOf, type RabbitmqBrokerOptions } from './settings.ts'

export type { RabbitmqBrokerOptions } from './settings.ts'

/**
 * A broker in a RabbitMQ server, version 3.10 or newer. It needs the package `amqplib`. A channel is kept as quorum
 * queues, a set for each group of readers, or as streams that can be read again where it is declared with
 * `rabbitmq: { queue: 'stream' }`. Errors: EW_CONFIG, EW_DRIVER_MISSING, EW_BROKER_FAILED.
 */
export function rabbitmq(url: string, options: RabbitmqBrokerOptions = {}): BrokerAdapter {
  const settings = settingsOf(url, options)
  return { kind: 'broker', name: describeUrl(url), open: (parts) => openBroker(settings, parts) }
}
