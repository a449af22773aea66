import { randomUnit } from '../../base/ids.ts'

/**
 * How long to wait before a store is tried again: short while others hold its lock, longer and longer while its server
 * is away. Random, since a fixed pause would let the same process win again and again.
 */
export function storePauseMs(attempt: number, unreachable: boolean): number {
  const longestMs = unreachable ? Math.min(1_000, 20 * 2 ** Math.min(attempt, 6)) : Math.min(12, 3 + attempt)
  return 1 + Math.floor(randomUnit() * longestMs)
}
