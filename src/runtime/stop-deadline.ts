import type { Clock } from '../base/clock.ts'

/** Until when what fails is tried again. Before the stop there is no end that all have in common. */
export interface StopDeadline {
  /** Infinity until the stop begins. */
  atMs(): number
  /** Called when the stop begins; later calls change nothing. */
  begin(): void
}

/**
 * How long a stop is patient with a store that is busy or away. What cannot be given back by then ends by itself:
 * leases run out, and what was not stored is done again by whoever has them next.
 */
export const stopPatienceMs = 5_000

/** One deadline for everything that a stop still does, so that patience does not add up. */
export function stopDeadline(clock: Clock): StopDeadline {
  let atMs = Infinity
  return {
    atMs: () => atMs,
    begin() {
      if (atMs === Infinity) atMs = clock.now() + stopPatienceMs
    },
  }
}
