import { designMap } from '../../architect/diagrams/design-map.ts'
import { mapPicture } from '../../architect/diagrams/map-picture.ts'
import type { DesignMap } from '../../architect/diagrams/map-parts.ts'
import type { Graph } from '../../design/graph.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import type { Route } from '../router.ts'
import { byUrgency, shownConsumer } from '../shown-consumer.ts'
import type { ConsumerItem } from '../wire/overview.ts'
import type { PictureView } from '../wire/pictures.ts'
import type { MapNode, SystemMap } from '../wire/system-map.ts'

/** The declared system as a graph, with how its parts do. */
export const systemRoutes: readonly Route<Call>[] = [{ method: 'GET', path: 'system', answer: map }]

async function map(call: Call): Promise<SystemMap> {
  const { inspect, graph, services, about } = call
  const { declared, picture } = drawn(about.system, graph)
  const consumers = (await inspect.consumers()).map((report) => shownConsumer(inspect, report)).sort(byUrgency)
  return {
    measuredAt: measuredAt(call),
    system: about.system,
    services: declared.services.map((each) => ({ ...each, runsHere: services.has(each.service) })),
    nodes: declared.parts.map((part) => withHealth(part, consumers)),
    edges: declared.links,
    picture,
  }
}

const drawings = new WeakMap<Graph, { readonly declared: DesignMap; readonly picture: PictureView }>()

/** Pages ask every few seconds, and what is declared does not change. */
function drawn(system: string, graph: Graph): { readonly declared: DesignMap; readonly picture: PictureView } {
  const known = drawings.get(graph)
  if (known?.declared.system === system) return known
  const declared = designMap(system, graph)
  const fresh = { declared, picture: mapPicture(declared) }
  drawings.set(graph, fresh)
  return fresh
}

/** The worst of those that work for it, which stand first. */
function withHealth(node: MapNode, consumers: readonly ConsumerItem[]): MapNode {
  const kinds =
    node.kind === 'channel'
      ? ['relay']
      : node.kind === 'saga' || node.kind === 'process'
        ? [node.kind, 'router']
        : [node.kind]
  const found = consumers.find(({ kind, of, isForgotten }) => kinds.includes(kind) && of === node.name && !isForgotten)
  if (found === undefined) return node
  const { health, status, lagMessages } = found
  return { ...node, health, status, lagMessages }
}
