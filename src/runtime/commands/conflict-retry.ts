import { backoffMs, type Backoff } from '../../base/backoff.ts'
import { randomUnit } from '../../base/ids.ts'

const pauses: Backoff = { firstMs: 2, factor: 1.7, maxMs: 250, jitter: 1 }

/** How often work that lost against other writers of a stream is done in all. */
export const conflictAttempts = 25

/** The pause in milliseconds after so many lost attempts: random, so that writers who met once do not meet again. */
export function conflictPauseMs(lostAttempts: number): number {
  return backoffMs(pauses, lostAttempts, randomUnit())
}
