import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { EventLog } from '../../ports/event-log.ts'
import { operatorStream } from '../forgetting/operator-event.ts'
import { deletionsAfter } from './actions.ts'

/** What hearing of deletions needs. */
export interface HeardDeletionsOptions {
  readonly store: { readonly log: EventLog }
  readonly clock: Clock
  readonly log: Log
  /** How often it is looked for them. */
  readonly everyMs: number
  readonly stop: AbortSignal
  /** Forgets what this process has in its memory of streams. */
  deleted(streams: readonly string[]): void
}

/**
 * Hears which streams others have deleted, from this call on, until `stop` fires: what a process remembers of them must
 * go as well. Resolves when it has begun to listen, so that whatever is read after that is not missed; never rejects
 * later.
 */
export async function hearDeletions(options: HeardDeletionsOptions): Promise<void> {
  const { store, log } = options
  let end = await store.log.version(operatorStream)
  void keepListening(options, async () => {
    if ((await store.log.version(operatorStream)) === end) return
    const found = await deletionsAfter(store.log, end)
    if (found.streams.length > 0) options.deleted(found.streams)
    end = found.end
  }).catch((error: unknown) => log.error('deletions of streams are not heard any more', { error }))
}

async function keepListening(
  { clock, everyMs, stop, log }: HeardDeletionsOptions,
  listen: () => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    await clock.sleep(everyMs, stop)
    if (stop.aborted) return
    await listen().catch((error: unknown) => {
      if (!stop.aborted) log.warn('nobody can tell which streams were deleted', { error })
    })
  }
}
