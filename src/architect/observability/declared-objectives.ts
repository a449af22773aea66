import { durationMs, formatDuration } from '../../base/duration.ts'
import type { Graph, Owned } from '../../design/graph.ts'
import type { Objectives } from '../../design/objectives.ts'
import { literal } from './promql.ts'

/** What a part of a system is to keep, and which consumers work for that part. */
export interface DeclaredObjectives {
  readonly kind: 'projection' | 'subscription' | 'saga' | 'process'
  readonly name: string
  readonly service: string
  /** The team that answers for the service. */
  readonly owner: string | undefined
  readonly lag: number | undefined
  readonly stalenessMs: number | undefined
  /** The label `consumer` of whatever works for it, as a regular expression of Prometheus. */
  readonly consumers: string
}

/** Every part with objectives, in the order of declaration, kind by kind. */
export function declaredObjectives(graph: Graph): readonly DeclaredObjectives[] {
  const { projections, subscriptions, sagas, processes } = graph
  const of = (
    kind: DeclaredObjectives['kind'],
    parts: ReadonlyMap<string, Owned<{ readonly name: string; readonly objectives: Objectives | undefined }>>,
    consumers: (service: string, name: string) => string,
  ): readonly DeclaredObjectives[] =>
    [...parts.values()].flatMap(({ definition: { name, objectives }, service }) => {
      if (objectives === undefined) return []
      const { lag, staleness } = objectives
      const stalenessMs = staleness === undefined ? undefined : durationMs(staleness)
      const owner = graph.services.get(service)?.owner
      return [{ kind, name, service, owner, lag, stalenessMs, consumers: consumers(literal(service), literal(name)) }]
    })
  return [
    // A generation of a view is numbered; a view belongs to the system, not to its service.
    ...of('projection', projections, (_, name) => `view:${name}#[0-9]+`),
    // Further sources have consumers of their own.
    ...of('subscription', subscriptions, (service, name) => `${service}/subscription:${name}(@.+)?`),
    // What brings events to the instances has the name of its source behind it.
    ...of('saga', sagas, (service, name) => `${service}/saga:${name}(<.+)?`),
    ...of('process', processes, (service, name) => `${service}/process:${name}(<.+)?`),
  ]
}

/** An objective in words: `at most 100 events`. */
export function lagText(lag: number): string {
  return `at most ${lag} ${lag === 1 ? 'event or message' : 'events or messages'} waiting`
}

/** An objective in words: `nothing waiting for more than 5s`. */
export function stalenessText(stalenessMs: number): string {
  return `nothing waiting for more than ${formatDuration(stalenessMs)}`
}
