import type { Graph } from '../../design/graph.ts'
import type { DesignMap, MapLink, MapPart, MapPartKind } from './map-parts.ts'

/** The map of a system: everything in the order in which it is declared. What functions do is not declared. */
export function designMap(system: string, graph: Graph): DesignMap {
  return {
    system,
    services: [...graph.services.values()].map(({ name, owner }) => ({
      service: name,
      ...(owner !== undefined && { owner }),
    })),
    parts: partsOf(graph),
    links: linksOf(graph),
  }
}

function partsOf(graph: Graph): readonly MapPart[] {
  const part = (kind: MapPartKind, name: string, service: string): MapPart => {
    return { id: `${kind}:${name}`, kind, name, service }
  }
  return [
    ...[...graph.commands].map(([type, { service }]) => part('command', type, service)),
    ...[...graph.commands].flatMap(([type, { service, part: by }]) =>
      by.kind === 'handler' ? part('handler', type, service) : [],
    ),
    ...[...graph.aggregates].map(([name, { service }]) => part('aggregate', name, service)),
    ...[...graph.events].map(([type, { service }]) => part('event', type, service)),
    ...[...graph.projections].map(([name, { service }]) => part('projection', name, service)),
    ...[...graph.subscriptions].map(([name, { service }]) => part('subscription', name, service)),
    ...[...graph.sagas].map(([name, { service }]) => part('saga', name, service)),
    ...[...graph.processes].map(([name, { service }]) => part('process', name, service)),
    ...[...graph.channels].map(([name, { service }]) => part('channel', name, service)),
  ]
}

function linksOf(graph: Graph): readonly MapLink[] {
  return [
    ...[...graph.commands].map(([type, { part }]): MapLink => {
      const to = part.kind === 'handler' ? `handler:${type}` : `aggregate:${part.name}`
      return { from: `command:${type}`, to, kind: 'handled by' }
    }),
    ...[...graph.events].flatMap(([type, { aggregates, channels }]): readonly MapLink[] => [
      ...aggregates.map((name): MapLink => ({ from: `aggregate:${name}`, to: `event:${type}`, kind: 'emits' })),
      ...channels.map((name): MapLink => ({ from: `event:${type}`, to: `channel:${name}`, kind: 'published on' })),
    ]),
    ...[...graph.feeds].flatMap(([to, { feeds }]) =>
      feeds.flatMap(({ channel, events }) =>
        events.map(({ type }): MapLink => {
          return { from: `event:${type}`, to, kind: 'feeds', ...(channel !== undefined && { over: channel.name }) }
        }),
      ),
    ),
    ...[...graph.sagas.values()].flatMap(({ definition: { name, steps } }) => {
      const asked = (kind: 'sends' | 'undoes with', type: string): MapLink => {
        return { from: `saga:${name}`, to: `command:${type}`, kind }
      }
      return steps.flatMap((step): readonly MapLink[] => {
        if (step.kind === 'wait') return []
        const sends = step.kind === 'call' ? [asked('sends', step.command.type)] : []
        return step.undo?.kind === 'call' ? [...sends, asked('undoes with', step.undo.command.type)] : sends
      })
    }),
  ]
}
