/** How long to wait between attempts. */
export interface Backoff {
  /** The wait after the first failed attempt. */
  readonly firstMs: number
  /** Every further wait is this many times longer; 1 keeps it constant. */
  readonly factor: number
  /** No wait is longer. */
  readonly maxMs: number
  /** The share of the wait that is left to chance, 0 to 1, so that many who failed together do not return together. */
  readonly jitter: number
}

/**
 * The wait in whole milliseconds after failed attempt number `attempt` (from 1). `random` is a number from 0 up to 1;
 * the wait lies between `1 - jitter` of the full one and the full one.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * backoff.factor ** Math.max(0, attempt - 1))
  return Math.round(full * (1 - backoff.jitter + backoff.jitter * random))
}
