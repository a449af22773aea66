import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type { TopologyFields, TopologyItem } from '../../ports/topology.ts'
import { checked, deadQueue, groupQueue, hintExchange, partitionExchange, streamQueue } from './names.ts'
import { deadArguments, groupArguments, kindOf, streamArguments, type QueueArguments } from './queue-arguments.ts'
import type { Settings } from './settings.ts'

/** What decides how channels are kept. */
export type RabbitmqPlace = Pick<Settings, 'prefix' | 'queue' | 'deliveryLimit'>

/**
 * Everything that channels need, in the order in which the adapter makes it: the exchange of a channel comes last, so
 * that what was begun and not ended is seen. Errors: EW_CONFIG for a name that the server does not take, for two things
 * of one name.
 */
export function wantedItems(channels: readonly ChannelSpec[], place: RabbitmqPlace): readonly TopologyItem[] {
  const items = channels.flatMap((spec) => itemsOf(spec, place))
  const seen = new Set<string>()
  for (const { kind, name } of items) {
    if (seen.has(`${kind} ${name}`)) throw failure('EW_CONFIG', `Two channels need the ${kind} ${name} in RabbitMQ.`)
    seen.add(`${kind} ${name}`)
  }
  return items.length === 0 ? [] : [exchange(hintExchange, 'fanout'), ...items]
}

function itemsOf(spec: ChannelSpec, place: RabbitmqPlace): readonly TopologyItem[] {
  const { name: channel, partitions, rabbitmq, groups = [] } = spec
  const at = checked(`${place.prefix}${channel}`)
  const kind = kindOf(spec, place)
  const { deliveryLimit = place.deliveryLimit } = rabbitmq ?? {}
  const readers = kind === 'stream' ? [] : groups
  const items: TopologyItem[] = groups.map((group) => queue(deadQueue(at, group), deadArguments, { channel }))
  for (let partition = 0; partition < partitions; partition++) {
    const from = partitionExchange(at, partition)
    const of = { channel, partition }
    items.push(exchange(from, 'fanout', of))
    if (kind === 'stream') {
      const stream = streamQueue(at, partition)
      items.push(queue(stream, streamArguments(spec), of), binding(from, stream, 'queue', '', of))
    }
    for (const group of readers) {
      const to = groupQueue(at, group, partition)
      items.push(queue(to, groupArguments(deliveryLimit, deadQueue(at, group)), of))
      items.push(binding(from, to, 'queue', '', of))
    }
  }
  const last = exchange(at, 'direct', { channel })
  items.push({ ...last, fields: { ...last.fields, partitions } })
  for (let partition = 0; partition < partitions; partition++)
    items.push(binding(at, partitionExchange(at, partition), 'exchange', String(partition), { channel, partition }))
  return items
}

type Of = Pick<TopologyItem, 'channel' | 'partition'>

function exchange(name: string, type: string, of: Of = {}): TopologyItem {
  return { kind: 'exchange', name, ...of, fields: exchangeFields({ type, durable: true }) }
}

function queue(name: string, args: QueueArguments, of: Of): TopologyItem {
  return { kind: 'queue', name, ...of, fields: queueFields({ durable: true, arguments: args }) }
}

function binding(source: string, destination: string, to: 'queue' | 'exchange', key: string, of: Of): TopologyItem {
  const found = { source, destination, destination_type: to, routing_key: key }
  return { kind: 'binding', name: bindingName(found), ...of, fields: found }
}

/** An exchange as the server describes it. */
export interface ExchangeFacts {
  readonly type: string
  readonly durable: boolean
  readonly auto_delete?: boolean
  readonly internal?: boolean
}

/** A queue as the server describes it. */
export interface QueueFacts {
  readonly durable: boolean
  readonly auto_delete?: boolean
  readonly arguments: Readonly<Record<string, unknown>>
}

/** A binding as the server describes it. */
export interface BindingFacts {
  readonly source: string
  readonly destination: string
  readonly destination_type: string
  readonly routing_key: string
}

/** What an exchange is compared by. */
export function exchangeFields({
  type,
  durable,
  auto_delete = false,
  internal = false,
}: ExchangeFacts): TopologyFields {
  return { type, durable, auto_delete, internal }
}

/** What a queue is compared by. */
export function queueFields({ durable, auto_delete = false, arguments: args }: QueueFacts): TopologyFields {
  const told = Object.entries(args).map(([name, value]) => [name, isPlain(value) ? value : JSON.stringify(value)])
  return { durable, auto_delete, ...(Object.fromEntries(told) as QueueArguments) }
}

/** What a binding is called here; the server has no names for them. */
export function bindingName({ source, destination, destination_type: type, routing_key: key }: BindingFacts): string {
  return `${source} -> ${type} ${destination}${key === '' ? '' : ` by ${key}`}`
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
