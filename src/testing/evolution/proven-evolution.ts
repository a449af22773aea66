import { AssertionError } from 'node:assert'
import type { AnyEvent } from '../../design/definition.ts'
import type { AnySystem } from '../../design/system.ts'
import { seededRandom } from '../seeded-random.ts'
import { refusedBy, type SamplesByType } from './acceptance.ts'
import { aggregateReader, projectionReader, type Met, type Reader } from './reader.ts'
import { samplesOf, type StoredExamples } from './stored-samples.ts'

/** How evolution is proven. */
export interface EvolutionOptions {
  /** Samples of each schema version; default 20. */
  readonly samples?: number
  /** The same seed draws the same samples; default 1. */
  readonly seed?: number
  /**
   * Stored data (JSON, as the store holds it) by event type and schema version, in place of samples: for schemas of
   * other libraries and for events whose fields depend on one another.
   */
  readonly examples?: StoredExamples
}

/** How much was proven. */
export interface ProvenEvolution {
  readonly events: number
  readonly versions: number
  readonly samples: number
}

/**
 * Proves that today's code reads what older releases have stored: data is drawn from every older schema version of
 * every event and goes through the upcasters; each result must match today's schema, and every aggregate and projection
 * that takes the event must accept it. Throws an `AssertionError` with the whole list of what does not hold.
 */
export function provenEvolution(system: AnySystem, options: EvolutionOptions = {}): ProvenEvolution {
  const { graph } = system
  const readers = [
    ...[...graph.aggregates.values()].map(({ definition }) => aggregateReader(definition)),
    ...[...graph.projections.values()].map(({ definition }) => projectionReader(definition)),
  ]
  const events = [...graph.events.values()].map(({ definition }) => definition)
  return prove(`the system ${system.name}`, events, readers, [], options, provenEvolution)
}

/** As `provenEvolution` for one reader, beginning also at the given histories. */
export function provenReader(
  reader: Reader,
  starts: readonly (readonly Met[])[],
  options: EvolutionOptions,
  caller: Function,
): ProvenEvolution {
  return prove(reader.name, reader.events, [reader], starts, options, caller)
}

function prove(
  what: string,
  events: readonly AnyEvent[],
  readers: readonly Reader[],
  starts: readonly (readonly Met[])[],
  options: EvolutionOptions,
  caller: Function,
): ProvenEvolution {
  const { samples: count = 20, seed = 1, examples = {} } = options
  const random = seededRandom(seed)
  const samples: SamplesByType = new Map(events.map((event) => [event.type, samplesOf(event, random, count, examples)]))
  const evolving = [...samples].filter(([, versions]) => versions.length > 1)
  const problems = evolving.flatMap(([type, versions]) =>
    versions
      .slice(0, -1)
      .flatMap(({ schemaVersion, problems: found }) =>
        found.map((problem) => `event ${type}, version ${schemaVersion}: ${problem}`),
      ),
  )
  const findings = [...problems, ...readers.flatMap((reader) => refusedBy(reader, samples, starts))]
  if (findings.length > 0) throw unproven(what, findings, caller)
  const older = evolving.flatMap(([, versions]) => versions.slice(0, -1))
  return {
    events: evolving.length,
    versions: older.length,
    samples: older.reduce((sum, { samples: drawn }) => sum + drawn.length, 0),
  }
}

function unproven(what: string, findings: readonly string[], caller: Function): AssertionError {
  const count = findings.length === 1 ? 'one way' : `${findings.length} ways`
  const lines = findings.map((finding, index) => `${index + 1}. ${finding}`)
  return new AssertionError({
    message: `Events that older releases have stored cannot be read by ${what} in ${count}:\n${lines.join('\n')}`,
    actual: findings,
    expected: [],
    operator: 'provenEvolution',
    stackStartFn: caller,
  })
}
