import type { ConnectionOptions } from 'node:tls'
import { failure } from '../../base/errors.ts'

/** Where brokers of Kafka are, and how they are spoken to. */
export interface KafkaOptions {
  /** Some brokers of the cluster, as `host:port`; the others are learnt from them. */
  readonly brokers: readonly string[]
  /** What the broker's logs and quotas call this program; default `eventwright`. */
  readonly clientId?: string
  readonly sasl?: KafkaSasl
  /** True, or the settings of the connection as Node.js takes them. */
  readonly tls?: boolean | ConnectionOptions
  /** Of topics that are made for channels which do not say; default: the broker's. */
  readonly replicas?: number
  /** No topic is made with more replicas, whatever its channel declares: for a cluster of few brokers. */
  readonly maxReplicas?: number
  /** Stands before the name of every topic and group, so that several systems may share a cluster. */
  readonly prefix?: string
}

/** Who this program is to the brokers. */
export type KafkaSasl =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string | (() => string | Promise<string>)
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string | (() => string | Promise<string>) }

/** An address of a broker. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Every setting, checked, the defaults put in. */
export interface KafkaSettings {
  /** For messages. Never a password. */
  readonly name: string
  readonly brokers: readonly Address[]
  readonly clientId: string
  readonly sasl: KafkaSasl | undefined
  readonly tls: ConnectionOptions | undefined
  readonly replicas: number | undefined
  readonly maxReplicas: number
  readonly prefix: string
}

/**
 * The settings of an address `kafka://host:port,host:port?prefix=…&maxReplicas=…`, or of options. Error: EW_CONFIG.
 */
export function settingsOf(place: string | KafkaOptions): KafkaSettings {
  const options: KafkaOptions = typeof place === 'string' ? optionsOf(place) : place
  const { clientId = 'eventwright', sasl, tls = false, replicas, maxReplicas = Infinity, prefix = '' } = options
  if (!Array.isArray(options.brokers) || options.brokers.length === 0)
    throw failure('EW_CONFIG', 'The setting brokers of Kafka is a list of host:port, and it names none.')
  for (const [setting, count] of Object.entries({ replicas, maxReplicas: options.maxReplicas }))
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 1 && count <= 32_767))
      throw failure('EW_CONFIG', `The setting ${setting} of Kafka is a whole number from 1 on, not ${count}.`)
  if (!/^[A-Za-z0-9._-]{0,100}$/.test(prefix))
    throw failure('EW_CONFIG', `The prefix ${JSON.stringify(prefix)} of Kafka needs letters, digits, ., _ and -.`)
  if (!/^\S+$/.test(clientId))
    throw failure('EW_CONFIG', `The clientId ${JSON.stringify(clientId)} of Kafka is empty or has white space.`)
  const brokers = options.brokers.map(addressOf)
  const name = `kafka ${options.brokers.join()}${prefix === '' ? '' : ` (prefix ${prefix})`}`
  return { name, brokers, clientId, sasl, tls: tls === true ? {} : tls || undefined, replicas, maxReplicas, prefix }
}

const inAddress = new Set(['prefix', 'replicas', 'maxReplicas', 'clientId'])

function optionsOf(place: string): KafkaOptions {
  const [, brokers, query] = /^kafka:\/\/([^/?#@]+)\/?(?:\?([^#]*))?$/.exec(place) ?? []
  const given = Object.fromEntries(new URLSearchParams(query))
  const unknown = Object.keys(given).find((name) => !inAddress.has(name))
  // A password may be in it, so that it is not shown.
  if (brokers === undefined || unknown !== undefined)
    throw failure(
      'EW_CONFIG',
      'The address of Kafka is kafka://host:port,host:port?prefix=…&replicas=…&maxReplicas=…&clientId=…; users and ' +
        'passwords are options.',
    )
  const { replicas, maxReplicas, ...texts } = given
  return {
    ...texts,
    brokers: brokers.split(','),
    ...(replicas !== undefined && { replicas: Number(replicas) }),
    ...(maxReplicas !== undefined && { maxReplicas: Number(maxReplicas) }),
  }
}

function addressOf(text: string): Address {
  const [, host, port = '9092'] = /^(\[[0-9a-fA-F:.]+\]|[^\s:/@?#[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw failure('EW_CONFIG', `A broker of Kafka is host:port, not ${JSON.stringify(text)}.`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
