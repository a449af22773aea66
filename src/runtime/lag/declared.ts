import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import { isDeclaredConsumer } from '../housekeeping/declared-consumer.ts'
import { fedBy, withoutRefeed } from '../views/table.ts'

/** Whether a design has the part that a consumer of any kind works for. */
export function belongsTo(graph: Graph, consumer: string): boolean {
  const fed = fedBy(withoutRefeed(consumer))
  if (fed !== undefined) return graph.projections.has(fed.view)
  const end = `/${storeSources.timers}`
  if (consumer.endsWith(end)) return graph.services.has(consumer.slice(0, -end.length))
  return isDeclaredConsumer(graph, consumer)
}
