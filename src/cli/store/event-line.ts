import { signal } from '../../base/signal.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import type { Store } from '../../ports/store.ts'
import type { Envelope, EnvelopeJson } from '../../runtime/log/envelope.ts'
import { events, type Events } from '../../runtime/log/events.ts'
import type { Io, Run } from '../io.ts'
import { jsonText, printJsonLine, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { systemOf } from '../system-of.ts'

const backstopMs = 1_000
const longestData = 2_000

/**
 * The events of a store: in today's schema version where the system is named, else as they are stored. `tail` is woken
 * by commits of other processes until `stop` aborts.
 */
export async function eventsOf(store: Store, system: string | undefined, io: Io): Promise<Events> {
  const design = system === undefined ? undefined : await systemOf(system, io)
  const wake = signal()
  const unwatch = store.watch(() => wake.raise())
  io.stop.addEventListener('abort', unwatch, { once: true })
  return events(store.log, wake, backstopMs, io.stop, (type) =>
    design === undefined ? asStored : design.graph.events.get(type)?.definition,
  )
}

/** Reads data as it is, without a design that knows its schema. */
const asStored = { decode: (_: number, json: unknown) => json } as AnyEvent

/** Prints one event: a line for people, or a line of JSON. */
export function printEvent({ io, json }: Run, envelope: Envelope): Promise<void> {
  const { data, ...event } = envelope.toJSON()
  if (json) return printJsonLine(io, { ...event, data: dataJson(envelope) })
  const { position, recordedAt, stream, version, type, schemaVersion, problem } = event
  const name = schemaVersion === 1 ? type : `${type} v${schemaVersion}`
  const whole = event.deleted === true ? 'deleted' : jsonText(data)
  const text = problem === undefined ? whole : `${String(data)}  (${problem})`
  const line = `${position}  ${recordedAt}  ${stream}@${version}  ${name}  ${text}`
  return printLines(io, printable(line.length > longestData ? `${line.slice(0, longestData)}…` : line))
}

/** An event for JSON; that no system is known, or that it is one of the engine, is no problem of the event. */
export function plainEvent(envelope: Envelope, graph: Graph | undefined): EnvelopeJson {
  const { problem, ...event } = envelope.toJSON()
  const isProblem = problem !== undefined && graph !== undefined && envelope.partition === 0
  return { ...event, data: dataJson(envelope), ...(isProblem && { problem }) }
}

/** The data of an event for JSON. What could not be decoded comes as it is stored. */
export function dataJson({ data, problem }: Envelope): unknown {
  return problem === undefined ? data : parsed(data)
}

/** What could not be decoded comes as the stored text. */
function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return data
  }
}
