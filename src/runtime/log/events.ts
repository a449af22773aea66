import type { Signal } from '../../base/signal.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { envelope, type Envelope } from './envelope.ts'
import type { AnyEvent } from '../../design/definition.ts'
import { paged } from './paged.ts'

/** Reads of the event log; every iterator reads ahead by one page only. */
export interface Events {
  /** The events of a stream, forwards from a version (default 1) or backwards from one (default the last). */
  stream(stream: string, options?: { readonly from?: number; readonly backwards?: boolean }): AsyncIterable<Envelope>
  /**
   * The log in position order, behind `after` (default 0), optionally of some categories; ends at the head, or with
   * position `to`.
   */
  log(options?: {
    readonly after?: number
    readonly to?: number
    readonly categories?: readonly string[]
    readonly partition?: 0 | 1
  }): AsyncIterable<Envelope>
  /**
   * The log from `after` (default: now) on, woken by commits of any process; ends when `signal` aborts or the system
   * stops.
   */
  tail(options?: {
    readonly after?: number
    readonly partition?: 0 | 1
    readonly signal?: AbortSignal
  }): AsyncIterable<Envelope>
  /** Position of the newest event. */
  head(): Promise<number>
}

const pageEvents = 1_024
/** Less than of the log: while one is decoded the next one comes, and most streams have one alone. */
const streamPageEvents = 200

/** Reads over a log; unknown types and broken data are shown with the reason instead of ending the read. */
export function events(
  log: EventLog,
  wake: Signal,
  backstopMs: number,
  stop: AbortSignal,
  definitionOf: (type: string) => AnyEvent | undefined,
): Events {
  const open = (stored: StoredEvent): Envelope => envelope(stored, definitionOf(stored.type))
  const stream: Events['stream'] = (name, { from: begin, backwards = false } = {}) => {
    let from: number | undefined = begin
    let [isLast, ahead] = [false, false]
    return paged(async () => {
      if (isLast) return undefined
      const bound = from === undefined ? {} : backwards ? { to: from } : { from }
      const coming = log.readStream({ stream: name, backwards, limit: streamPageEvents, ahead, ...bound })
      ahead = true
      const page = await coming
      from = (page.at(-1)?.version ?? 0) + (backwards ? -1 : 1)
      isLast = page.length < streamPageEvents || from < 1
      return page
    }, open)
  }
  const read: Events['log'] = ({ after: begin = 0, to, categories, partition = 0 } = {}) => {
    const wanted = { partition, limit: pageEvents, ...(to !== undefined && { to }), ...(categories && { categories }) }
    let after = begin
    let isLast = false
    return paged(async () => {
      if (isLast) return undefined
      const page = await log.readLog({ ...wanted, after })
      after = page.at(-1)?.position ?? after
      isLast = page.length < pageEvents
      return page
    }, open)
  }
  async function* tail(options: Parameters<Events['tail']>[0] = {}): AsyncGenerator<Envelope> {
    const { partition = 0 } = options
    const end = options.signal === undefined ? stop : AbortSignal.any([stop, options.signal])
    let after = options.after ?? (await log.head(partition))
    while (!end.aborted) {
      const seen = wake.seen()
      let found = false
      for await (const event of read({ after, partition })) {
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
