/**
 * A wake-up that is never missed: whoever waits after `raise` in the same state returns at once.
 * Read `seen()` before you look at the world, then `after(seen)` waits until somebody has raised since.
 */
export interface Signal {
  /** How often it was raised. */
  seen(): number
  raise(): void
  /** Resolves true when it was raised after `seen`; false when `timeoutMs` passed or `abort` fired first. */
  after(seen: number, timeoutMs?: number, abort?: AbortSignal): Promise<boolean>
}

/** Makes a signal that nobody has raised yet. Waiters are woken in the order in which they came. */
export function signal(): Signal {
  let count = 0
  let waiting = new Set<() => void>()
  return {
    seen: () => count,
    raise() {
      count++
      const woken = waiting
      waiting = new Set()
      for (const wake of woken) wake()
    },
    after: (seen, timeoutMs, abort) =>
      new Promise((resolve) => {
        if (count !== seen) return resolve(true)
        if (abort?.aborted) return resolve(false)
        const finish = (woken: boolean): void => {
          waiting.delete(wake)
          if (timer !== undefined) clearTimeout(timer)
          abort?.removeEventListener('abort', give)
          resolve(woken)
        }
        const wake = (): void => finish(true)
        const give = (): void => finish(false)
        const timer = timeoutMs === undefined ? undefined : setTimeout(give, timeoutMs)
        waiting.add(wake)
        abort?.addEventListener('abort', give, { once: true })
      }),
  }
}
