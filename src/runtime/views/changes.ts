import type { LogReader } from '../log/reader.ts'
import type { Signal } from '../../base/signal.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Progress } from '../loop/progress.ts'
import { keysOf } from './row-folding.ts'
import type { ViewSource } from './views.ts'

/** What following the changes of a view needs. */
export interface ViewChangesOptions {
  readonly reader: LogReader
  readonly progress: Progress
  readonly wake: Signal
  readonly stop: AbortSignal
  /** The source at this moment; it changes when a rebuild is swapped in. */
  source(): ViewSource
  head(): Promise<number>
}

/**
 * Keys of a view that change from this call on, each after the change can be read; follows the log, so any process may
 * write.
 */
export function viewChanges(options: ViewChangesOptions): AsyncGenerator<string> {
  const begin = options.head()
  // Whoever asks for the first change gets the error; until then nobody listens.
  begin.catch(() => undefined)
  return follow(options, begin)
}

async function* follow(options: ViewChangesOptions, begin: Promise<number>): AsyncGenerator<string> {
  const { reader, wake, stop } = options
  let position = await begin
  while (!stop.aborted) {
    const seen = wake.seen()
    const page = await reader.after(position, 500)
    if (page.length === 0) {
      await wake.after(seen, 1_000, stop)
      continue
    }
    position = page.at(-1)!.position
    const keys = new Set(page.flatMap((event) => keysFor(options.source(), event)))
    if (keys.size === 0) continue
    while (!stop.aborted && !(await isShown(options, position))) continue
    if (!stop.aborted) yield* keys
  }
}

function isShown({ progress, stop, source }: ViewChangesOptions, position: number): Promise<boolean> {
  const read = source()
  return progress.reached(read.consumer, position, { timeoutMs: 1_000, abort: stop, wanted: () => source() === read })
}

/** Keys of the rows that an event changes; none for one that the view does not take, or cannot. */
export function keysFor(source: ViewSource, event: Delivery): readonly string[] {
  if (event.deleted || source.projection.on[event.type] === undefined) return []
  try {
    return keysOf(source.projection, event)
  } catch {
    // The consumer parks such an event; there is no row to tell of.
    return []
  }
}
