import type { Graph } from '../../design/graph.ts'
import { channelOfRefeed, refeedOwners } from '../messages/refeed-names.ts'

/** Whether a design has the part that a consumer of messages works for; one that it has lost is run by nobody. */
export function isDeclaredConsumer(graph: Graph, consumer: string): boolean {
  const { service, kind, name } = consumerName(consumer)
  const owner = graph.services.get(service)
  if (owner === undefined) return false
  switch (kind) {
    case 'outbox':
    case 'commands':
    case 'replies':
      return true
    case 'refeeds':
      return refeedOwners(graph).has(service)
    case 'refeed':
      return owner.publishes.some((channel) => channel.name === channelOfRefeed(name))
    case 'relay':
      return owner.publishes.some((channel) => channel.name === name)
    case 'saga':
      return graph.sagas.get(name)?.service === service
    case 'process':
      return graph.processes.get(name)?.service === service
    case 'subscription':
      return graph.subscriptions.get(name)?.service === service
    default:
      return false
  }
}

/** What the name of a consumer of messages is made of; parts that it lacks are empty. */
export function consumerName(consumer: string): {
  readonly service: string
  readonly kind: string
  readonly name: string
} {
  const [, service = '', kind = '', name = ''] = /^([^/]+)\/([a-z]+)(?::([^<@]+))?/.exec(consumer) ?? []
  return { service, kind, name }
}
