import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { silentLog, type Log } from '../../base/log.ts'
import type { Store } from '../../ports/store.ts'
import { appendsOnly, type Outcome, type Unit } from '../../ports/unit-of-work.ts'
import { CommitLane } from './lane.ts'
import { commitLimits, type CommitLimits } from './limits.ts'
import { CommitSending } from './sending.ts'
import type { StopDeadline } from '../stop-deadline.ts'
import { checkedUnit } from './unit-check.ts'

/** What the queue has done since it was made. */
export interface CommitStatistics {
  readonly batches: number
  readonly units: number
  readonly busyRetries: number
}

/** The only way into `store.commit`. */
export interface CommitQueue {
  /**
   * Commits a unit together with others that wait. Units that touch a stream are decided in the order of these calls,
   * and so is what does more than append to streams.
   * A loss is a returned outcome; what the store refuses altogether rejects: EW_STORE_BUSY and EW_STORE_UNREACHABLE
   * after the deadline, EW_STORE_FULL, EW_BUSY when too many units wait, EW_UNIT, EW_CLOSED. After EW_STORE_UNREACHABLE
   * nobody knows whether it was stored; the same unit may be committed again, and its event ids tell.
   */
  commit(unit: Unit): Promise<Outcome>
  /**
   * Called after every batch in which something was won, with all units of it; what a listener throws is only logged.
   * Answers its own removal.
   */
  onCommit(listener: (units: readonly Unit[]) => void): () => void
  statistics(): CommitStatistics
  /** Refuses new units and waits for those that were accepted. */
  close(): Promise<void>
}

/**
 * Group commit: while a batch is in flight the next one fills, so no timer is needed. Units that append share one lane,
 * the others (projection workers) have a lane of their own, since they would hold appends up.
 */
export function commitQueue(
  store: Store,
  clock: Clock,
  limits: CommitLimits = commitLimits,
  log: Log = silentLog,
  stop?: Pick<StopDeadline, 'atMs'>,
): CommitQueue {
  const listeners = new Set<(units: readonly Unit[]) => void>()
  const statistics = { batches: 0, units: 0, busyRetries: 0 }
  const sending = new CommitSending(
    store,
    clock,
    limits,
    {
      sent(units) {
        statistics.batches++
        statistics.units += units.length
      },
      busy: () => void statistics.busyRetries++,
      won(units) {
        for (const listener of listeners) {
          try {
            listener(units)
          } catch (error) {
            log.error('a listener to commits has failed', { error })
          }
        }
      },
    },
    stop,
  )
  const lanes = [new CommitLane(store, clock, limits, sending), new CommitLane(store, clock, limits, sending)] as const
  let closed = false
  return {
    commit: (unit) =>
      new Promise((resolve, reject) => {
        if (closed) throw failure('EW_CLOSED', 'A unit of work came after the commit queue was closed.')
        const size = checkedUnit(unit, limits)
        const onlyAppends = appendsOnly(unit)
        const lane = lanes[unit.appends !== undefined && unit.appends.length > 0 ? 0 : 1]
        lane.add({ unit, size, onlyAppends, resolve, reject })
      }),
    onCommit(listener) {
      // One of its own for each call, so that a removal takes away no other.
      const own = (units: readonly Unit[]): void => listener(units)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    statistics: () => ({ ...statistics }),
    async close() {
      closed = true
      await Promise.all(lanes.map((each) => each.idle()))
    },
  }
}
