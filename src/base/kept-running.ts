import { backoffMs, type Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { randomUnit } from './ids.ts'

/**
 * Runs work that is to go on for ever, such as a connection that listens, and begins it anew whenever it ends or fails,
 * until the signal fires. The pause before that grows while it ends at once; work that went on for longer than the
 * longest pause begins with the first one again. Never rejects.
 */
export async function keptRunning(
  work: () => Promise<void>,
  pauses: Backoff,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !stop.aborted; attempt++) {
    const beganMs = clock.now()
    await work().catch(() => undefined)
    if (clock.now() - beganMs > pauses.maxMs) attempt = 1
    if (!stop.aborted) await clock.sleep(backoffMs(pauses, attempt, randomUnit()), stop)
  }
}
