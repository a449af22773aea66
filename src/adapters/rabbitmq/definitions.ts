import type { TopologyFields, TopologyItem } from '../../ports/topology.ts'

/** What RabbitMQ imports, by `rabbitmqctl import_definitions` or `POST /api/definitions`. */
export interface Definitions {
  readonly exchanges: readonly Definition[]
  readonly queues: readonly Definition[]
  readonly bindings: readonly Definition[]
}

/** One entry, with the fields and in the form in which the server exports it. */
export type Definition = Readonly<Record<string, unknown>>

/** The items as definitions of a virtual host. */
export function definitionsOf(items: readonly TopologyItem[], vhost: string): Definitions {
  const named = (kind: TopologyItem['kind']): readonly Definition[] =>
    items.filter((item) => item.kind === kind).map(({ name, fields }) => ({ name, vhost, ...bodyOf(kind, fields) }))
  const bindings = items
    .filter(({ kind }) => kind === 'binding')
    .map(({ fields }) => ({ vhost, ...fields, ...bodyOf('binding', fields) }))
  return { exchanges: named('exchange'), queues: named('queue'), bindings }
}

/** What the management interface takes as the description of one item. */
export function bodyOf(kind: TopologyItem['kind'], fields: TopologyFields): Definition {
  if (kind === 'binding') return { routing_key: fields['routing_key'], arguments: {} }
  if (kind === 'exchange') {
    const { partitions: _, ...rest } = fields
    return { ...rest, arguments: {} }
  }
  const { durable, auto_delete, ...args } = fields
  return { durable, auto_delete, arguments: args }
}
