import type { TopologyAdapter, TopologyItem, TopologyServer, TopologyStep } from '../../ports/topology.ts'
import { bodyOf, definitionsOf, type Definitions } from './definitions.ts'
import { askManagement, managementPlace, vhostOf, type ManagementPlace } from './management.ts'
import { settingsOf, type RabbitmqBrokerOptions, type Settings } from './settings.ts'
import {
  bindingName,
  exchangeFields,
  queueFields,
  wantedItems,
  type BindingFacts,
  type ExchangeFacts,
  type QueueFacts,
} from './topology-items.ts'

/** The settings of the broker that decide what is made, and where its management interface is. */
export interface RabbitmqTopologyOptions extends Pick<RabbitmqBrokerOptions, 'queue' | 'prefix' | 'deliveryLimit'> {
  readonly management?: string
}

/** A topology that can be written down as definitions too. */
export interface RabbitmqTopologyAdapter extends TopologyAdapter {
  /** Items of `wanted` as the server imports them. */
  definitions(items: readonly TopologyItem[]): Definitions
}

/**
 * The exchanges, queues and bindings that channels need in RabbitMQ, read and made by the management interface, since
 * AMQP tells nobody how something was made. Error: EW_CONFIG for a wrong address.
 */
export function rabbitmqTopology(url: string, options: RabbitmqTopologyOptions = {}): RabbitmqTopologyAdapter {
  const { management, ...rest } = options
  const settings = settingsOf(url, rest)
  const place = managementPlace(settings.name, url, management)
  return {
    name: settings.name,
    wanted: (channels) => wantedItems(channels, settings),
    whyFixed: (kind) => `RabbitMQ never changes a ${kind} that is there: empty it, delete it, and apply again`,
    open: async () => new RabbitmqTopology(place, settings),
    definitions: (items) => definitionsOf(items, vhostOf(new URL(url).pathname.slice(1))),
  }
}

interface Named {
  readonly name: string
}

interface Policed {
  readonly policy?: string | null
  readonly effective_policy_definition?: Readonly<Record<string, unknown>> | null
}

class RabbitmqTopology implements TopologyServer {
  readonly #place: ManagementPlace
  readonly #settings: Settings

  constructor(place: ManagementPlace, settings: Settings) {
    this.#place = place
    this.#settings = settings
  }

  async read(wanted: readonly TopologyItem[]): Promise<readonly TopologyItem[]> {
    const [exchanges, queues, bindings] = await Promise.all([
      this.#list<Named & ExchangeFacts & Policed>('exchanges'),
      this.#list<Named & QueueFacts & Policed>('queues'),
      this.#list<BindingFacts>('bindings'),
    ])
    const names = new Set(exchanges.map(({ name }) => name))
    const found = [
      ...exchanges.map((each): TopologyItem => {
        return { kind: 'exchange', name: each.name, fields: exchangeFields(each), ...besides(each) }
      }),
      ...queues.map((each): TopologyItem => {
        return { kind: 'queue', name: each.name, fields: queueFields(each), ...besides(each) }
      }),
      ...bindings.map((each): TopologyItem => {
        const { source, destination, destination_type, routing_key } = each
        return {
          kind: 'binding',
          name: bindingName(each),
          fields: { source, destination, destination_type, routing_key },
        }
      }),
    ]
    const declared = new Map(wanted.map((item) => [`${item.kind} ${item.name}`, item]))
    return found.flatMap((item) => {
      const as = declared.get(`${item.kind} ${item.name}`)
      if (as === undefined) return this.#isOurs(item, wanted) ? [item] : []
      const { channel, partition, fields } = as
      const counted = fields['partitions'] === undefined ? {} : { partitions: partitionsOf(item.name, names) }
      return [
        {
          ...item,
          ...(channel !== undefined && { channel }),
          ...(partition !== undefined && { partition }),
          fields: { ...item.fields, ...counted },
        },
      ]
    })
  }

  async carryOut(steps: readonly TopologyStep[]): Promise<void> {
    for (const { action, item } of steps) {
      // Partitions are made one by one; that there are more of them is no change of the exchange itself.
      if (action === 'create') await this.#make(item)
      if (action === 'delete') await this.#ask('DELETE', `${item.kind}s/${this.#place.vhost}/${part(item.name)}`)
    }
  }

  async close(): Promise<void> {
    // Each question has a connection of its own.
  }

  async #make({ kind, name, fields }: TopologyItem): Promise<void> {
    const { vhost } = this.#place
    const body = bodyOf(kind, fields)
    if (kind !== 'binding') return this.#ask('PUT', `${kind}s/${vhost}/${part(name)}`, body)
    const { source, destination, destination_type } = fields
    const to = `${destination_type === 'queue' ? 'q' : 'e'}/${part(String(destination))}`
    await this.#ask('POST', `bindings/${vhost}/e/${part(String(source))}/${to}`, body)
  }

  /** What an earlier declaration may have left: of a channel that there is, or with our prefix. */
  #isOurs({ kind, name }: TopologyItem, wanted: readonly TopologyItem[]): boolean {
    const { prefix } = this.#settings
    if (kind === 'binding') return false
    if (prefix !== '' && name.startsWith(prefix)) return true
    return wanted.some(({ fields, name: channel }) => {
      if (fields['partitions'] === undefined || !name.startsWith(`${channel}.`)) return false
      return /^(\d+|.*\/.*\.(\d+|dead))$/.test(name.slice(channel.length + 1))
    })
  }

  async #list<T>(what: string): Promise<readonly T[]> {
    const answer = await askManagement(this.#place, 'GET', `${what}/${this.#place.vhost}`)
    return Array.isArray(answer) ? (answer as readonly T[]) : []
  }

  async #ask(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    await askManagement(this.#place, method, path, body)
  }
}

function part(name: string): string {
  return encodeURIComponent(name)
}

/** By the last of them, so that one which is missing among others is made again without consent. */
function partitionsOf(channel: string, exchanges: ReadonlySet<string>): number {
  const numbers = [...exchanges].flatMap((name) => {
    const rest = name.startsWith(`${channel}.`) ? name.slice(channel.length + 1) : ''
    return /^(0|[1-9]\d{0,5})$/.test(rest) ? Number(rest) + 1 : []
  })
  return Math.max(0, ...numbers)
}

/** A policy may change what was declared, so that it is shown. */
function besides({ policy, effective_policy_definition: definition }: Policed): Pick<TopologyItem, 'besides'> {
  if (policy === undefined || policy === null || policy === '') return {}
  return { besides: { policy, ...(definition && { definition: JSON.stringify(definition) }) } }
}
