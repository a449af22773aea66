import type { EventLog } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { LogEvent } from './event.ts'

/**
 * Reads of partition 0 that all consumers of a process share, so that each event is read and decoded once near the
 * head.
 */
export interface LogReader {
  /** Events after a position, in order; fewer than `limit` when the log or the shared window ends, none at the head. */
  after(position: number, limit: number): Promise<readonly LogEvent[]>
  /** The position of the newest event, read now. */
  head(): Promise<number>
  /** Lets the window go, with what is being read for it now: something of it was deleted. */
  forget(): void
}

const pageEvents = 1_000
/** Of twice as many the older half goes. */
const windowEvents = 2_000

/**
 * A sliding window over the newest events that were read. Consumers inside the window are served from memory;
 * the first one that needs more reads the next page for all; one that lags behind the window reads for itself.
 */
export function logReader(log: EventLog, wrap: (stored: readonly StoredEvent[]) => LogEvent[]): LogReader {
  let window: LogEvent[] = []
  let end = -1
  let next: Promise<void> | undefined
  let forgotten = 0
  const read = async (after: number, limit: number): Promise<LogEvent[]> =>
    wrap(await log.readLog({ partition: 0, after, limit }))
  const extend = async (): Promise<void> => {
    const [from, before] = [end, forgotten]
    const page = await read(from, pageEvents)
    // A consumer that was ahead may have moved the window meanwhile; then this page does not continue it.
    if (page.length === 0 || end !== from || forgotten !== before) return
    for (const event of page) window.push(event)
    if (window.length > 2 * windowEvents) window = window.slice(-windowEvents)
    end = page.at(-1)!.meta.position
  }
  const begin = async (after: number, limit: number): Promise<readonly LogEvent[]> => {
    const before = forgotten
    const page = await read(after, limit)
    if (end < after + page.length && forgotten === before) {
      // The caller keeps his page, and the window grows.
      window = [...page]
      end = after + page.length
    }
    return page
  }
  return {
    head: () => log.head(0),
    forget() {
      forgotten++
      window = []
      end = -1
    },
    async after(position, limit) {
      if (end < 0 || position > end) return begin(position, limit)
      if (position === end) {
        // A read that is under way may have begun before the commit that woke this consumer.
        if (next !== undefined) await next
        if (position === end) await (next ??= extend().finally(() => (next = undefined)))
        if (position === end) return []
      }
      const first = end - window.length
      if (position < first) return begin(position, limit)
      return window.slice(position - first, position - first + limit)
    },
  }
}
