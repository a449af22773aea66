/**
 * How a consumer is doing, from nothing to worry about to what needs a person. `idle` has nothing to do, `ok` keeps up,
 * `waiting` has work that somebody is about to take, `waiting for refeed` goes on when the owner of its events has sent
 * them again, `lagging` is behind and does not fall further behind. Of `broker away` nobody knows how much waits. `ahead`
 * has done more than its source holds: one of them comes from another backup.
 */
export type LagStatus =
  | 'idle'
  | 'ok'
  | 'waiting'
  | 'waiting for refeed'
  | 'lagging'
  | 'parked keys'
  | 'falling behind'
  | 'stalled'
  | 'stopped'
  | 'broker away'
  | 'needs newer release'
  | 'ahead'

/** A move of the past: what lies before it says how far behind the consumer was then. */
export interface PastMove {
  /** Since when it had stood where it left. */
  readonly sinceMs: number
  readonly atMs: number
  /** When what it left behind with this move was recorded; undefined where nobody knows. */
  readonly oldestMs: number | undefined
  /**
   * How much it had not applied before; undefined until somebody has looked, which takes a search and matters only
   * where the age of the oldest grows: that it does for a burst too, while that is worked off.
   */
  readonly pending?: number | undefined
}

/** What is known of one bucket of a consumer; all times are those of the database's clock. */
export interface BucketFacts {
  readonly nowMs: number
  /** How much of its source it has not applied. */
  readonly pending: number
  /** When the oldest of that was recorded; undefined where nobody knows. */
  readonly oldestMs: number | undefined
  /** When it moved last. */
  readonly movedAtMs: number
  /** When the lease of its owner ends or has ended; null when nobody has it. */
  readonly untilMs: number | null
  readonly owner: string | null
  /** The window that is judged, the older first. */
  readonly moves: readonly PastMove[]
}

/** What the facts mean. */
export interface Evaluation {
  readonly status: LagStatus
  /** For how long the oldest waits that is not applied; undefined where nobody knows. */
  readonly lagMs: number | undefined
  /** Since when it has not moved although there was something to do; 0 when there is nothing. */
  readonly stalenessMs: number
  /** How long it may take for a move before it is called stalled. */
  readonly patienceMs: number
}

/** What waits for less is no lag. */
export const okMs = 5_000
/** Whoever is there takes over what nobody holds within 2 s; this is more. */
export const takeOverMs = 5_000
/** A consumer whose pace is not known to be slower is stalled after this. */
export const leastPatienceMs = 60_000
/** However slow its moves were, after this one it is called stalled. */
export const mostPatienceMs = 3_600_000
/** It falls behind when its lag grows by more than this part of the time that passes. */
const growth = 0.05

/**
 * Burrow's rules (https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules) over a window of moves: no
 * threshold of lag, since only its course tells a burst from a consumer that is too slow. Idle is looked at first,
 * because who has nothing to do does not move either.
 */
export function evaluate(facts: BucketFacts): Evaluation {
  const { nowMs, pending, oldestMs, movedAtMs } = facts
  const patienceMs = patience(facts.moves)
  if (pending === 0) return { status: 'idle', lagMs: 0, stalenessMs: 0, patienceMs }
  const lagMs = oldestMs === undefined ? undefined : Math.max(0, nowMs - oldestMs)
  const stalenessMs = Math.max(0, nowMs - Math.max(movedAtMs, oldestMs ?? 0))
  const told = { lagMs, stalenessMs, patienceMs }
  const { owner, untilMs } = facts
  if (owner === null || (untilMs ?? 0) <= nowMs) {
    const aloneMs = Math.min(stalenessMs, nowMs - (untilMs ?? 0))
    return { status: aloneMs > takeOverMs ? 'stopped' : 'waiting', ...told }
  }
  // Where nobody knows the age, what waits may have come just now.
  if (lagMs !== undefined && stalenessMs > patienceMs) return { status: 'stalled', ...told }
  if (lagMs !== undefined && lagMs <= okMs) return { status: 'ok', ...told }
  return { status: isFallingBehind(facts) ? 'falling behind' : 'lagging', ...told }
}

/** The worst of several; the first of equals. */
export function worst<T extends { readonly status: LagStatus }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>(
    (found, each) => (found === undefined || severity(each.status) > severity(found.status) ? each : found),
    undefined,
  )
}

/** Whether somebody should look now: it stands, or it will never catch up at this pace. */
export function isAlarming(status: LagStatus): boolean {
  return severity(status) >= severity('falling behind')
}

/** Every status, the worst last. */
export const lagStatuses: readonly LagStatus[] = [
  'idle',
  'ok',
  'waiting',
  'waiting for refeed',
  'lagging',
  'parked keys',
  'falling behind',
  'stalled',
  'stopped',
  'broker away',
  'needs newer release',
  'ahead',
]

function severity(status: LagStatus): number {
  return lagStatuses.indexOf(status)
}

/**
 * Twice as long as a move takes it when it has work, where that was seen twice: one that was slow alone may have been
 * the time in which nobody was there.
 */
function patience(moves: readonly PastMove[]): number {
  const tookMs = moves.map(({ sinceMs, atMs, oldestMs }) => atMs - Math.max(sinceMs, oldestMs ?? sinceMs))
  const paceMs = moves.length < 2 ? 0 : Math.min(...tookMs)
  return Math.min(mostPatienceMs, Math.max(leastPatienceMs, 2 * paceMs))
}

/**
 * Behind at all times, and further from one move to the next. Just before a move is the same moment of the work each
 * time; now it may be any, so now it has only to be behind still.
 */
function isFallingBehind({ nowMs, oldestMs, movedAtMs, moves }: BucketFacts): boolean {
  const [first, second] = moves
  if (first === undefined || second === undefined || (second.pending ?? Infinity) <= (first.pending ?? 0)) return false
  const [then, later] = [lagBefore(first), lagBefore(second)]
  const now = lagBefore({ sinceMs: movedAtMs, atMs: nowMs, oldestMs })
  return Math.min(then, later, now) > okMs && later - then > growth * (second.atMs - first.atMs)
}

/** How far behind it was before a move; 0 where it had nothing to do for some of the time before. */
function lagBefore({ sinceMs, atMs, oldestMs }: PastMove): number {
  return oldestMs === undefined || oldestMs >= sinceMs ? 0 : atMs - oldestMs
}
