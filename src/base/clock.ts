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
  const whole = Math.trunc(ms)
  const day = Math.floor(whole / dayMs)
  if (day !== lastDay) {
    // Throws for what is no time.
    lastDayText = new Date(whole).toISOString().slice(0, -'00:00:00.000Z'.length)
    lastDay = day
  }
  const rest = whole - day * dayMs
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  const time = `${digits2[Math.floor(minutes / 60)]}:${digits2[minutes % 60]}:${digits2[seconds % 60]}`
  return `${lastDayText}${time}.${digits3[rest % 1000]}Z`
}

const dayMs = 86_400_000
const digits2 = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const digits3 = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'))

// Every event is asked for its time, and those of one day follow each other; `Date` takes several times as long.
let lastDay = NaN
let lastDayText = ''
