import type { Graph } from '../design/graph.ts'
import type { Inspect } from '../runtime/inspect.ts'
import { plainJson } from '../base/plain-json.ts'
import { categoryOf } from '../base/stream-name.ts'
import type { AnyEvent } from '../design/definition.ts'
import { nodeCodec } from '../schema/codec.ts'
import { isPersonal, maskShape } from './masking.ts'
import { hasPersonalData } from './personal-sagas.ts'
import { masked, type Json } from './wire.ts'
import type { EventItem } from './wire/events.ts'

/** An event as `inspect` tells of it. */
export type Envelope = Awaited<ReturnType<Inspect['events']['ofLog']>>[number]

/** An event as the page gets it; `sees`: its personal data are not masked. */
export function shownEvent(graph: Graph, event: Envelope, sees: boolean): EventItem {
  const { id, type, schemaVersion, stream, version, partition, position, occurredAt, recordedAt, problem, deleted } =
    event
  const { correlationId, causationId, actor, tenant, traceparent } = event.meta
  return {
    id,
    type,
    schemaVersion,
    stream,
    version,
    partition,
    position,
    occurredAt,
    recordedAt,
    data: sees ? dataOf(graph, event) : maskedData(graph, event),
    ...(correlationId !== undefined && { correlationId }),
    ...(causationId !== undefined && { causationId }),
    ...(actor !== undefined && { actor }),
    ...(tenant !== undefined && { tenant }),
    ...(traceparent !== undefined && { traceparent }),
    ...(deleted && { deleted: true as const }),
    ...(problem !== undefined && partition === 0 && { problem }),
  }
}

/** What is stored of an event, in the schema version that it was written with. */
export function shownStored(graph: Graph, { type, schemaVersion }: Envelope, stored: Json, sees: boolean): Json {
  if (sees) return stored
  const node = graph.events.get(type)?.definition.versions[schemaVersion - 1]?.node
  return node === undefined ? masked : maskShape(node, stored)
}

/** Data in the JSON form of today's schema version; those of an event of the engine as they are stored. */
export function dataOf(graph: Graph, { type, data, partition, problem }: Envelope): Json {
  if (partition === 1 && typeof data === 'string') return JSON.parse(data) as Json
  const definition = graph.events.get(type)?.definition
  if (definition === undefined || problem !== undefined) return plainJson(data)
  return plainJson(nodeCodec(todays(definition))?.encode(data) ?? data)
}

/** The shape of today's schema version. */
export function todays({ versions }: AnyEvent): AnyEvent['versions'][number]['node'] {
  return versions.at(-1)!.node
}

function maskedData(graph: Graph, event: Envelope): Json {
  const { type, partition, problem, deleted } = event
  if (deleted) return null
  const data = dataOf(graph, event)
  if (partition === 1) return maskedEngineData(graph, event.stream, data)
  const definition = graph.events.get(type)?.definition
  // What cannot be read may hold anything.
  if (definition === undefined) return masked
  if (problem !== undefined) return definition.versions.some(({ node }) => isPersonal(node)) ? masked : data
  return maskShape(todays(definition), data)
}

/** Texts in events of sagas and processes that the engine itself has made, or a person who gives orders. */
const engines = new Set(
  'saga sagaId process processId step action event eventId type command key undoes of order who why code timer'.split(
    ' ',
  ),
)

function maskedEngineData(graph: Graph, stream: string, data: Json): Json {
  if (!isObject(data) || !hasPersonalData(graph, categoryOf(stream))) return data
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      if (typeof value === 'string') return [name, engines.has(name) ? value : masked]
      if (name === 'debts') return [name, value]
      if (isObject(value) && (name === 'action' || name === 'cause')) return [name, pickTexts(value)]
      return [name, typeof value === 'object' && value !== null ? masked : value]
    }),
  )
}

/** Of an order its kind and its step, of a cause its step. */
function pickTexts({ kind, step }: { readonly [name: string]: Json }): Json {
  return { ...(kind !== undefined && { kind }), ...(step !== undefined && { step }) }
}

function isObject(json: Json): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
