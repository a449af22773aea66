import type { LogReader } from './log-reader.ts'
import type { LogEvent } from './log-event.ts'
import type { Signal } from '../base/signal.ts'
import type { Progress } from './progress.ts'
import { keysOf } from './row-folding.ts'
import type { ViewSource } from './views.ts'

/** Keys of a view that change from now on, each after the change can be read; follows the log, so any process may write. */
export async function* viewChanges(
  source: ViewSource, reader: LogReader, progress: Progress, wake: Signal, stop: AbortSignal, head: () => Promise<number>,
): AsyncGenerator<string> {
  let position = await head()
  while (!stop.aborted) {
    const seen = wake.seen()
    const page = await reader.after(position, 500)
    if (page.length === 0) {
      await wake.after(seen, 1_000, stop)
      continue
    }
    position = page.at(-1)!.position
    const keys = new Set(page.flatMap((event) => keysFor(source, event)))
    if (keys.size === 0) continue
    while (!stop.aborted && !(await progress.reached(source.consumer, position, { timeoutMs: 1_000, abort: stop }))) continue
    for (const key of keys) yield key
  }
}

function keysFor(source: ViewSource, event: LogEvent): readonly string[] {
  if (source.projection.on[event.type] === undefined) return []
  try {
    return keysOf(source.projection, event)
  } catch {
    // The consumer parks such an event; there is no row to tell of.
    return []
  }
}
