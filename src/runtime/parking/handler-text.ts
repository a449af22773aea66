import { canonicalJson, type Json } from '../../base/json.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import type { AnyProcess } from '../../design/sagas/process.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { AnySubscription } from '../../design/subscription.ts'

/**
 * Fingerprints of handlers: of the text of their functions and of the schemas that they read. A change in something
 * that they call is not seen, so they tell what is new, never that nothing is.
 */
export const handlerText = {
  subscription({ on, key }: AnySubscription, events: readonly AnyEvent[]): string {
    return hash([textOf(on), String(key), schemasOf(events)])
  },
  /** What reads the events that reach a saga. */
  saga({ version, id, startedBy, steps }: AnySaga): string {
    const waits = steps.flatMap((step) => (step.kind === 'wait' ? [step] : []))
    const events = [startedBy, ...waits.map(({ event }) => event)]
    return hash([String(version), String(id), waits.map(({ by }) => String(by)), schemasOf(events)])
  },
  process({ version, initial, reactions }: AnyProcess): string {
    const texts = reactions.map(({ correlate, react }) => [String(correlate), String(react)])
    return hash([String(version), String(initial), texts, schemasOf(reactions.map(({ event }) => event))])
  },
  /** What executes the commands of a service. */
  commands({ commands }: Graph, service: string): string {
    const own = [...commands.values()].filter((entry) => entry.service === service)
    const texts = own.map(({ definition, part }): Json => [
      definition.type,
      part.kind === 'aggregate'
        ? [part.identity, String(part.id), textOf(part.decide), textOf(part.evolve)]
        : String(part.run),
    ])
    return hash(texts)
  },
}

function textOf(functions: { readonly [name: string]: unknown }): Json {
  return Object.entries(functions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, handler]) => [name, String(handler)])
}

function schemasOf(events: readonly AnyEvent[]): Json {
  return events.map(({ type, versions }) => [type, ...versions.map(({ schemaHash }) => schemaHash)])
}

function hash(texts: Json): string {
  return fingerprint(canonicalJson(texts))
}
