import type { Clock } from '../base/clock.ts'

/** Until when what fails is tried again. Before the stop there is no end that all have in common. */
export interface StopDeadline {
  /** Infinity until the stop begins. */
  atMs(): number
  /** Fires when steps that are under way are waited for no longer. */
  readonly over: AbortSignal
  /** Called when the stop begins; later calls change nothing. */
  begin(): void
}

/**
 * How long a stop is patient with a store that is busy or away, and with steps that are under way. What cannot be given
 * back by then ends by itself: leases run out, and what was not stored is done again by whoever has them next.
 */
export const stopPatienceMs = 5_000

/** The rest is for giving back what is held. */
const stepsPart = 0.8

/** One deadline for everything that a stop still does, so that patience does not add up. */
export function stopDeadline(clock: Clock, patienceMs: number = stopPatienceMs): StopDeadline {
  let atMs = Infinity
  const over = new AbortController()
  return {
    atMs: () => atMs,
    over: over.signal,
    begin() {
      if (atMs !== Infinity) return
      atMs = clock.now() + patienceMs
      // On no clock that a test lets stand: whoever stops then would wait for ever.
      setTimeout(() => over.abort(), patienceMs * stepsPart).unref()
    },
  }
}
