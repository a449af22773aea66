import { systemClock } from '../../base/clock.ts'
import { backoffMs, type Backoff } from '../../base/backoff.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { randomUnit } from '../../base/ids.ts'

const backoff: Backoff = { firstMs: 20, factor: 2, maxMs: 500, jitter: 0.5 }

/**
 * Does something again while it fails in a way that passes: a broken connection, a partition that changes its leader.
 * `before` is called between attempts; `isPassing` tells which failures those are. Rejects with the last failure, without mercy for what stays as it is.
 */
export async function patiently<T>(
  patienceMs: number,
  work: () => Promise<T>,
  before: (error: unknown) => void = () => undefined,
  isPassing: (error: unknown) => boolean = passes,
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (let attempt = 1; performance.now() < deadline; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error)) throw error
      before(error)
      await pause(attempt)
    }
  }
  return work()
}

/** Waits after a failed attempt; the network has no clock but the machine's. */
export function pause(attempt: number): Promise<void> {
  return systemClock.sleep(backoffMs(backoff, attempt, randomUnit()))
}

/** Whether the same request may succeed later: nothing in the error says no. */
export function passes(error: unknown): boolean {
  if (isEventwrightError(error)) return false
  const walk = (each: unknown, depth: number): boolean => {
    if (typeof each !== 'object' || each === null || depth > 5) return true
    const { canRetry, errors, cause } = each as { canRetry?: unknown; errors?: unknown; cause?: unknown }
    if (canRetry === false) return false
    return walk(cause, depth + 1) && (!Array.isArray(errors) || errors.every((inner) => walk(inner, depth + 1)))
  }
  return walk(error, 0)
}
