import { encodeBase64 } from '../../base/base64.ts'
import { signal } from '../../base/signal.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Store } from '../../ports/store.ts'
import type { Envelope } from '../../runtime/log/envelope.ts'
import { events, type Events } from '../../runtime/log/events.ts'
import type { Io, Run } from '../io.ts'
import { printJsonLine, printLines } from '../print.ts'
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
  if (json) return printJsonLine(io, { ...event, data: event.problem === undefined ? data : parsed(data) })
  const { position, recordedAt, stream, version, type, schemaVersion, problem } = event
  const name = schemaVersion === 1 ? type : `${type} v${schemaVersion}`
  const whole = event.deleted === true ? 'deleted' : JSON.stringify(data, plain)
  const text = problem === undefined ? whole : `${String(data)}  (${problem})`
  const line = `${position}  ${recordedAt}  ${stream}@${version}  ${name}  ${text}`
  return printLines(io, printable(line.length > longestData ? `${line.slice(0, longestData)}…` : line))
}

/** What could not be decoded comes as the stored text. */
function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return data
  }
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? encodeBase64(value) : value
}
