import { durationMs, type Duration } from '../../base/duration.ts'
import { failure } from '../../base/errors.ts'

/** Settings of the connection to a RabbitMQ server and of what is made there. */
export interface RabbitmqBrokerOptions {
  /** How a channel is kept that does not say; default `quorum`. */
  readonly queue?: 'quorum' | 'stream'
  /** Before the name of every exchange and queue, for systems that share a virtual host; default none. */
  readonly prefix?: string
  /** How often a message may be delivered to members that end before it is done; default 1,000. */
  readonly deliveryLimit?: number
  /** How many messages a queue sends ahead to its reader; default 500. */
  readonly prefetch?: number
  /** How many messages may be on their way to the server without its answer; default 500. */
  readonly window?: number
  /** After so long without any answer to what was sent, the connection is made anew; default 10 seconds. */
  readonly confirmTimeout?: Duration
  readonly connectTimeout?: Duration
  /** After so long without a sign of life a connection is given up, by either side; default 10 seconds. */
  readonly heartbeat?: Duration
  /** How this program says who it is: by the user and password of the address (the default), or by `tls.cert`. */
  readonly login?: 'password' | 'certificate'
  /** For `amqps:`: certificates as `tls.connect` takes them. */
  readonly tls?: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer }
  /** Told of messages that nobody has subscribed to, which are gone: of which channel, and how many. */
  readonly onUnrouted?: (channel: string, count: number) => void
}

/** Settings with everything filled in. */
export interface Settings {
  readonly url: string
  readonly name: string
  readonly queue: 'quorum' | 'stream'
  readonly prefix: string
  readonly deliveryLimit: number
  readonly prefetch: number
  readonly window: number
  readonly confirmTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly login: 'password' | 'certificate'
  readonly tls: RabbitmqBrokerOptions['tls']
  readonly onUnrouted: (channel: string, count: number) => void
}

/** Error: EW_CONFIG. */
export function settingsOf(url: string, options: RabbitmqBrokerOptions): Settings {
  const { queue = 'quorum', prefix = '', login = 'password', tls, onUnrouted = () => undefined } = options
  if (queue !== 'quorum' && queue !== 'stream')
    throw failure('EW_CONFIG', `A channel in RabbitMQ is kept in quorum queues or as streams, not as ${String(queue)}.`)
  if (!/^[A-Za-z0-9._-]{0,100}$/.test(prefix))
    throw failure('EW_CONFIG', `The prefix ${prefix} of names in RabbitMQ has other characters than A-Z a-z 0-9 . _ -`)
  if (login !== 'password' && login !== 'certificate')
    throw failure('EW_CONFIG', `The login at RabbitMQ is by password or by certificate, not by ${String(login)}.`)
  if (login === 'certificate' && !(tls?.cert && tls.key))
    throw failure('EW_CONFIG', 'A login at RabbitMQ by certificate needs `tls.cert` and `tls.key`.')
  return {
    url: withHeartbeat(url, Math.max(1, Math.round(durationMs(options.heartbeat ?? '10s') / 1_000))),
    name: describeUrl(url),
    queue,
    prefix,
    deliveryLimit: positive('deliveryLimit', options.deliveryLimit ?? 1_000, 1_000_000),
    prefetch: positive('prefetch', options.prefetch ?? 500, 65_535),
    window: positive('window', options.window ?? 500, 100_000),
    confirmTimeoutMs: durationMs(options.confirmTimeout ?? '10s'),
    connectTimeoutMs: durationMs(options.connectTimeout ?? '10s'),
    login,
    tls,
    onUnrouted,
  }
}

/** Host, port and virtual host, never a password. */
export function describeUrl(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `rabbitmq ${host}${pathname === '/' ? '' : pathname}`
  } catch {
    return 'rabbitmq'
  }
}

function withHeartbeat(url: string, seconds: number): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw failure('EW_CONFIG', 'The address of the RabbitMQ server is no URL.', { cause })
  }
  if (parsed.protocol !== 'amqp:' && parsed.protocol !== 'amqps:')
    throw failure('EW_CONFIG', `The address of a RabbitMQ server begins with amqp: or amqps:, not ${parsed.protocol}`)
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(seconds))
  return parsed.href
}

function positive(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return value
  throw failure('EW_CONFIG', `${name} of the RabbitMQ broker is ${value} and not a whole number from 1 to ${most}.`)
}
