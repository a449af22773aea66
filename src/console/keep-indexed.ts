import type { Clock } from '../base/clock.ts'
import type { Inspect } from '../runtime/inspect.ts'

const idleMs = 10 * 60_000
const lookEveryMs = 2_000
/** So long may others write between two pages. */
const restMs = 20

/**
 * Keeps the index of correlation ids near the head of the log while somebody uses the console, so that a search has
 * little to catch up with. Nothing is done before the first use, nor ten minutes after the last. Answers what is called
 * at every use.
 */
export function keepIndexed(options: {
  readonly events: Inspect['events']
  readonly clock: Clock
  readonly closing: AbortSignal
  readonly report: (error: unknown) => void
}): () => void {
  const { events, clock, closing, report } = options
  let usedMs = 0
  let isKept = false
  const keep = async (): Promise<void> => {
    while (!closing.aborted && clock.now() - usedMs < idleMs) {
      const left = await events.extendIndex()
      await clock.sleep(left === 0 ? lookEveryMs : restMs, closing)
    }
  }
  return () => {
    usedMs = clock.now()
    if (isKept || closing.aborted) return
    isKept = true
    keep()
      .catch(report)
      .finally(() => (isKept = false))
  }
}
