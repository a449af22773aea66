import type { Envelope } from '../../runtime/events.ts'
import { events, type Events } from '../../runtime/events.ts'
import type { Store } from '../../ports/store.ts'
import { signal } from '../../base/signal.ts'
import type { Run } from '../io.ts'
import { printJsonLine, printLines } from '../print.ts'
import { printable } from '../printable.ts'

const backstopMs = 250
const longestData = 2_000

/** The events of a store as they are stored, without the design that knows their schemas. */
export function rawEvents(store: Store, stop: AbortSignal): Events {
  return events(store.log, signal(), backstopMs, stop, () => undefined)
}

/** Prints one event: a line for people, or a line of JSON. */
export function printEvent({ io, json }: Run, { problem: _, data, ...event }: Envelope): Promise<void> {
  if (json) return printJsonLine(io, { ...event, data: parsed(data) })
  const { position, recordedAt, stream, version, type } = event
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  const line = `${position}  ${recordedAt}  ${stream}@${version}  ${type}  ${text}`
  return printLines(io, printable(line.length > longestData ? `${line.slice(0, longestData)}…` : line))
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return data
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}
