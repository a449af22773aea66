import { durationMs } from '../../base/duration.ts'
import type { Graph } from '../../design/graph.ts'
import type { Objectives } from '../../design/objectives.ts'
import type { ViewBuild } from '../../ports/views.ts'
import { consumerName } from '../housekeeping/declared-consumer.ts'
import { fedBy, generationInUse } from '../views/table.ts'

/** What a consumer is to keep, and whether it does. */
export interface ObjectiveReport {
  /** Events or messages that may wait. */
  readonly lag?: number
  /** How old the oldest of them may be. */
  readonly stalenessMs?: number
  /** Whether none of them is missed now. */
  readonly met: boolean
}

/** What is judged. */
interface Behind {
  readonly lag: number
  /** For how long the oldest waits; null where nobody knows. */
  readonly lagMs: number | null
  /** For how long nothing has moved although there was something to do. */
  readonly stalenessMs: number
}

/**
 * Whether what is declared is kept. Where nobody knows how old the oldest is that waits, the time in which the consumer
 * has not moved stands for it, so that one that hangs is not taken for fresh.
 */
export function judged({ lag, staleness }: Objectives, behind: Behind): ObjectiveReport {
  const stalenessMs = staleness === undefined ? undefined : durationMs(staleness)
  const ageMs = behind.lagMs ?? behind.stalenessMs
  return {
    ...(lag !== undefined && { lag }),
    ...(stalenessMs !== undefined && { stalenessMs }),
    met: behind.lag <= (lag ?? Infinity) && ageMs <= (stalenessMs ?? Infinity),
  }
}

/**
 * What the design declares for a consumer; undefined where it declares nothing. Of a view only the generation that is
 * read and was built once: one that is being built lags, and nobody reads it.
 */
export function objectivesOf(graph: Graph, builds: readonly ViewBuild[], consumer: string): Objectives | undefined {
  const fed = fedBy(consumer)
  if (fed !== undefined) {
    const declared = graph.projections.get(fed.view)?.definition
    if (declared?.objectives === undefined) return undefined
    const own = builds.filter(({ view }) => view === fed.view)
    const used = generationInUse(own, declared.identity)
    return used?.generation === fed.generation && used.state !== 'building' ? declared.objectives : undefined
  }
  const { service, kind, name } = consumerName(consumer)
  const parts = { subscription: graph.subscriptions, saga: graph.sagas, process: graph.processes }
  const part = Object.hasOwn(parts, kind) ? parts[kind as keyof typeof parts].get(name) : undefined
  return part?.service === service ? part.definition.objectives : undefined
}
