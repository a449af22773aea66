import { timestampOf } from '../base/clock.ts'
import type { Signal } from '../base/signal.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { StoredEvent } from '../ports/stored-event.ts'
import { LogEvent } from './log-event.ts'

/** An event as it stands in the store, with its data in today's schema version. */
export interface Envelope {
  readonly id: string
  readonly type: string
  /** The version under which it was stored. */
  readonly schemaVersion: number
  readonly stream: string
  readonly version: number
  readonly partition: 0 | 1
  readonly position: number
  readonly occurredAt: string
  readonly recordedAt: string
  readonly data: unknown
  readonly meta: Readonly<Record<string, string>>
  /** Why `data` could not be decoded; `data` is then the stored text. */
  readonly problem?: string
}

/** Reads of the event log; every iterator reads ahead by one page only. */
export interface Events {
  /** The events of a stream, forwards from a version (default 1) or backwards from one (default the last). */
  stream(stream: string, options?: { readonly from?: number; readonly backwards?: boolean }): AsyncIterable<Envelope>
  /** The log in position order, behind `after` (default 0), optionally of some categories; ends at the head. */
  log(options?: {
    readonly after?: number
    readonly categories?: readonly string[]
    readonly partition?: 0 | 1
  }): AsyncIterable<Envelope>
  /**
   * The log from `after` (default: now) on, woken by commits of any process; ends when `signal` aborts or the system
   * stops.
   */
  tail(options?: { readonly after?: number; readonly signal?: AbortSignal }): AsyncIterable<Envelope>
  /** Position of the newest event. */
  head(): Promise<number>
}

const pageEvents = 500

/** Reads over a log; unknown types and broken data are shown with the reason instead of ending the read. */
export function events(
  log: EventLog,
  wake: Signal,
  backstopMs: number,
  stop: AbortSignal,
  definitionOf: (type: string) => LogEvent['definition'],
): Events {
  const open = (stored: StoredEvent): Envelope => envelope(new LogEvent(stored, definitionOf(stored.type)))
  async function* stream(name: string, options: { from?: number; backwards?: boolean } = {}): AsyncGenerator<Envelope> {
    const backwards = options.backwards ?? false
    let from = options.from
    for (;;) {
      const bound = from === undefined ? {} : backwards ? { to: from } : { from }
      const page = await log.readStream({ stream: name, backwards, limit: pageEvents, ...bound })
      for (const stored of page) yield open(stored)
      if (page.length < pageEvents) return
      from = page.at(-1)!.version + (backwards ? -1 : 1)
      if (from < 1) return
    }
  }
  async function* read(
    options: { after?: number; categories?: readonly string[]; partition?: 0 | 1 } = {},
  ): AsyncGenerator<Envelope> {
    const { categories, partition = 0 } = options
    let after = options.after ?? 0
    for (;;) {
      const page = await log.readLog({ partition, after, limit: pageEvents, ...(categories && { categories }) })
      for (const stored of page) yield open(stored)
      if (page.length < pageEvents) return
      after = page.at(-1)!.position
    }
  }
  async function* tail(options: { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<Envelope> {
    const end = options.signal === undefined ? stop : AbortSignal.any([stop, options.signal])
    let after = options.after ?? (await log.head(0))
    while (!end.aborted) {
      const seen = wake.seen()
      let found = false
      for await (const event of read({ after })) {
        if (end.aborted) return
        yield event
        after = event.position
        found = true
      }
      if (!found) await wake.after(seen, backstopMs, end)
    }
  }
  return { stream, log: read, tail, head: () => log.head(0) }
}

/** The envelope of an event; data that cannot be decoded is shown as it is stored, with the reason. */
export function envelope(event: LogEvent): Envelope {
  const { stored } = event
  const meta = Object.fromEntries(Object.entries(JSON.parse(stored.meta) as Record<string, string>))
  const known = {
    id: stored.id,
    type: stored.type,
    schemaVersion: stored.schemaVersion,
    stream: stored.stream,
    version: stored.version,
    partition: stored.partition,
    position: stored.position,
    occurredAt: timestampOf(stored.occurredAtMs),
    recordedAt: timestampOf(stored.recordedAtMs),
    meta,
  }
  if (stored.deleted) return { ...known, data: null }
  try {
    return { ...known, data: event.data }
  } catch (error) {
    return { ...known, data: stored.data, problem: error instanceof Error ? error.message : String(error) }
  }
}
