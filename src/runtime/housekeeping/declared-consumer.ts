import type { Graph } from '../../design/graph.ts'

/** Whether a design has the part that a consumer of messages works for; one that it has lost is run by nobody. */
export function isDeclaredConsumer({ services, ...graph }: Graph, consumer: string): boolean {
  const [, service, kind, name] = /^([^/]+)\/([a-z]+)(?::([^<@]+))?/.exec(consumer) ?? []
  const owner = services.get(service ?? '')
  if (owner === undefined) return false
  switch (kind) {
    case 'outbox':
    case 'commands':
    case 'replies':
      return true
    case 'relay':
      return owner.publishes.some((channel) => channel.name === name)
    case 'saga':
      return graph.sagas.get(name!)?.service === service
    case 'process':
      return graph.processes.get(name!)?.service === service
    case 'subscription':
      return graph.subscriptions.get(name!)?.service === service
    default:
      return false
  }
}
