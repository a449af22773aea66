import type { Duration } from '../base/duration.ts'

/**
 * What a consumer is to keep. Whoever misses it is told of by `lag`, the console, metrics and alerts; nothing else
 * changes. It is no part of what makes a view another view.
 */
export interface Objectives {
  /** How many events or messages of its source may wait, at least 1; for a saga or process at most 999. */
  readonly lag?: number
  /** How old the oldest of them may be; where a broker does not tell, for how long the consumer may stand still. */
  readonly staleness?: Duration
}

/** Mail of a saga or process is counted up to here, so that one look takes its time but no more. */
export const mostMailCounted = 1_000

/** A frozen copy of what was written, for composition to judge. */
export function frozenObjectives(objectives: Objectives | undefined): Objectives | undefined {
  return typeof objectives === 'object' && objectives !== null ? Object.freeze({ ...objectives }) : objectives
}
