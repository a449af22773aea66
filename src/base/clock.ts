/** Where time comes from. Loops take a clock so that tests run in virtual time. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Node.js takes a longer time for none. */
const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      let timer: NodeJS.Timeout
      const wait = (leftMs: number): void => {
        const rest = leftMs - longestTimerMs
        timer = rest > 0 ? setTimeout(() => wait(rest), longestTimerMs) : setTimeout(done, leftMs)
      }
      wait(ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
}

/** Milliseconds since 1970 as the UTC text that envelopes carry, for example `2026-01-31T09:30:00.000Z`. */
export function timestampOf(ms: number): string {
  return new Date(ms).toISOString()
}
