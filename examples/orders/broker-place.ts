import type { BrokerAdapter } from 'eventwright'
import { kafka } from 'eventwright/kafka'
import { rabbitmq } from 'eventwright/rabbitmq'
import { BadSetting } from './settings.ts'

/** Where messages travel: a URL, or `embedded` for within the store. */
export type BrokerPlace = 'embedded' | `${'kafka' | 'amqp' | 'amqps'}://${string}`

/** `EVENTWRIGHT_BROKER`: `embedded` (the default), `kafka://host:port,…` or `amqp://…`. Error: `BadSetting`. */
export function brokerFrom(env: NodeJS.ProcessEnv): BrokerPlace {
  const broker = env['EVENTWRIGHT_BROKER'] || 'embedded'
  if (broker === 'embedded' || /^(?:kafka|amqps?):\/\/./.test(broker)) return broker as BrokerPlace
  throw new BadSetting('EVENTWRIGHT_BROKER is not embedded, kafka://host:port or amqp://user:password@host:port.')
}

/**
 * The broker of a command that needs one of a kind: `EVENTWRIGHT_BROKER`, or else where its tests find it. Error:
 * `BadSetting`.
 */
export function brokerOfKind(kind: 'kafka' | 'rabbitmq', env: NodeJS.ProcessEnv): BrokerPlace {
  const brokers = env['EVENTWRIGHT_KAFKA_BROKERS']
  // What tests are given is one server.
  const usual = kind === 'kafka' ? brokers && `kafka://${brokers}?maxReplicas=1` : env['EVENTWRIGHT_RABBITMQ_URL']
  const broker = brokerFrom({ EVENTWRIGHT_BROKER: env['EVENTWRIGHT_BROKER'] || usual })
  if (broker.startsWith(kind === 'kafka' ? 'kafka:' : 'amqp')) return broker
  throw new BadSetting(
    `There is no ${kind}: set EVENTWRIGHT_BROKER, or run \`npm run services -- start ${kind}\` and export what it prints.`,
  )
}

/** What opens the broker; undefined where the store has its own. */
export function brokerAdapterFor(place: BrokerPlace): BrokerAdapter | undefined {
  if (place === 'embedded') return undefined
  return place.startsWith('kafka:') ? kafka(place) : rabbitmq(place)
}
