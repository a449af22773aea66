import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { inTurn } from '../../base/in-turn.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import { storeSources } from '../../design/sources.ts'
import type { Store } from '../../ports/store.ts'
import type { Outcome, PositionMove, Unit } from '../../ports/unit-of-work.ts'
import type { CommitLimits } from '../commits/limits.ts'
import { commitQueue, type CommitQueue } from '../commits/queue.ts'
import { startConsumer, type Consumer } from './consumer.ts'
import type { Source } from './delivery.ts'
import type { Handler } from './handler.ts'
import type { LogReader } from '../log/reader.ts'
import { ownership, type Bucket, type Ownership } from '../ownership.ts'
import { progress, type Progress } from './progress.ts'
import type { StopDeadline } from '../stop-deadline.ts'
import { seatOf } from './seat.ts'

/**
 * A store with everything that commits to it from this process. There is one for the system's store and one in memory
 * for live views, whose rows and positions die with the process; consumers are the same in both.
 */
export interface Space {
  readonly store: Store
  /** The same without reads that are spared, for whoever asks how things stand. */
  readonly fresh: Store
  readonly queue: CommitQueue
  readonly progress: Progress
  /**
   * Starts a consumer; rows of it that are missing are created where its feed begins. In a space that is held it does
   * nothing yet. Errors: EW_CLOSED, EW_CONSUMERS_NOT_LEVEL.
   */
  consume(options: ConsumeOptions): Promise<Consumer>
  /** Lets consumers of a held space begin their work. */
  begin(): void
  /** Commits under the fence of a bucket, and of others, without moving them. */
  commitAside(bucket: Bucket, unit: Omit<Unit, 'positions'>, others?: readonly Bucket[]): Promise<Outcome>
  /** What lets a unit win only while the bucket is held. */
  fence(bucket: Bucket): PositionMove
  /** Stops every consumer that was started, also where whoever started it does not know it any more. */
  stopConsumers(): Promise<void>
  /** Stops what still runs, waits for what was accepted and closes the store. */
  close(): Promise<void>
}

/** A consumer to start. */
export interface ConsumeOptions {
  readonly name: string
  /** Makes the handler of buckets that are worked on together. */
  handler(): Handler
  readonly pageEvents: number
  /** The position of the log behind which it begins, or another feed. */
  readonly from: number | Feed
  /** Into how many buckets its keys are spread, where it reads the log; default 1. Another feed says that itself. */
  readonly buckets?: number
}

/** What feeds a consumer beside the log: as many buckets as it has parts, each with the position to begin behind. */
export interface Feed {
  readonly name: string
  /** Into how many buckets keys are spread that all begin behind the first position and read the same. */
  readonly spread?: number
  readonly starts: readonly number[]
  readonly source: Source
}

/** What a space is made of. */
export interface SpaceOptions {
  readonly store: Store
  /** The store without reads that are spared; default the same. */
  readonly fresh?: Store
  readonly clock: Clock
  readonly log: Log
  readonly owner: string
  readonly leaseMs: number
  readonly backstopMs: number
  readonly wake: Signal
  readonly limits: CommitLimits
  /** Whether consumers wait for `begin`, so that none meets a system that is being put together; default not. */
  readonly held?: boolean
  /** Until when commits are tried again, and what is under way is waited for, once the process stops. */
  readonly stop?: Pick<StopDeadline, 'atMs' | 'over'>
  reader(): LogReader
}

/** Opens a space over a store: one commit queue, one heartbeat, one view of progress. */
export function space(options: SpaceOptions): Space {
  const { store, clock, log, wake, backstopMs } = options
  let { held = false } = options
  let closed = false
  const consumers = new Set<Consumer>()
  const queue = commitQueue(store, clock, options.limits, log, options.stop)
  const leases = ownership(store, options.owner, options.leaseMs, clock)
  const advance = progress(store.ownership, wake, clock, backstopMs)
  const stopBeating = new AbortController()
  const heartbeat = leases.heartbeat(stopBeating.signal)
  const names = new Set<string>()
  const sharing = store.shared ? share(options, leases, names, stopBeating.signal) : Promise.resolve()
  queue.onCommit(() => wake.raise())
  const refuseClosed = (consumer: string): void => {
    if (closed) throw failure('EW_CLOSED', `The consumer ${consumer} came after its store was closed.`)
  }
  const stopConsumers = async (): Promise<void> => {
    await Promise.all([...consumers].map((consumer) => consumer.stop()))
  }
  return {
    store,
    fresh: options.fresh ?? store,
    queue,
    progress: advance,
    async consume({ name, handler, pageEvents, from, buckets = 1 }) {
      refuseClosed(name)
      const feed = typeof from === 'number' ? logFeed(options, from, buckets) : from
      const count = feed.spread ?? feed.starts.length
      if (feed.spread !== undefined) await leases.divide(name, feed.name, count, feed.starts[0]!)
      // One more row at a time: rows that are there stay as they are, so each begins at a place of its own.
      else for (const [index, start] of feed.starts.entries()) await leases.ensure(name, feed.name, index + 1, start)
      refuseClosed(name)
      const isSpread = feed.spread !== undefined && count > 1
      const seat = seatOf({ name, source: feed.name, buckets: count, isSpread, leases, queue, advance })
      const shared = { wake, clock, log, backstopMs, isHeld: () => held, over: options.stop?.over }
      const { status, stop } = startConsumer({ name, pageEvents, handler, seat, source: feed.source, ...shared })
      const end = (): void => {
        names.delete(name)
        consumers.delete(consumer)
      }
      const consumer: Consumer = { status, stop: () => stop().finally(end) }
      consumers.add(consumer)
      names.add(name)
      return consumer
    },
    begin() {
      held = false
      wake.raise()
    },
    fence: (bucket) => leases.move(bucket, bucket.position),
    async commitAside(bucket, unit, others = []) {
      const fence = [bucket, ...others]
      const outcome = await queue.commit({ ...unit, positions: fence.map((each) => leases.move(each, each.position)) })
      if (!outcome.ok && outcome.reason === 'owner') fence.find((each) => each.bucket === outcome.bucket)?.lose()
      return outcome
    },
    stopConsumers,
    async close() {
      closed = true
      await inTurn(
        stopConsumers,
        () => stopBeating.abort(),
        () => heartbeat,
        () => sharing,
        () => queue.close(),
        () => store.close(),
      )
    },
  }
}

/** How soon it is looked whether a wish was granted. */
const grantedMs = 100

/** Processes that have the store open do a part of the work each: nobody assigns it, each looks and asks. */
async function share(
  { clock, wake, log, backstopMs }: SpaceOptions,
  leases: Ownership,
  consumers: ReadonlySet<string>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    // What was given up for this process is in nobody's hands until it is taken.
    await clock.sleep(leases.isWaiting() ? Math.min(backstopMs, grantedMs) : backstopMs, stop)
    if (stop.aborted || consumers.size === 0) continue
    try {
      if (await leases.share(consumers)) wake.raise()
    } catch (error) {
      log.warn('looking for work to share failed', { error })
    }
  }
}

function logFeed({ reader }: SpaceOptions, startAt: number, spread: number): Feed {
  const source: Source = {
    after: ({ position }, limit) => reader().after(position, limit),
    async ends() {
      const head = await reader().head()
      return () => head
    },
  }
  return { name: storeSources.log, spread, starts: [startAt], source }
}
