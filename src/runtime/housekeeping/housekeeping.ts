import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { nextTurn } from '../../base/next-turn.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { Store } from '../../ports/store.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { forgetSagas, trimChannels, trimOutbox } from './jobs.ts'
import { forgetKeys } from './keys.ts'
import type { Round } from './round.ts'
import type { KeepMs } from './keep.ts'
import { ownership, type Bucket, type Ownership } from '../ownership.ts'

/** What keeping a store small needs. */
export interface HousekeepingOptions {
  readonly graph: Graph
  readonly store: Store
  readonly queue: Pick<CommitQueue, 'commit'>
  readonly owner: string
  readonly leaseMs: number
  readonly clock: Clock
  readonly log: Log
  readonly keep: KeepMs
}

/** Running housekeeping. */
export interface Housekeeping {
  /** Ends after the batch in hand. */
  stop(): Promise<void>
}

/** A kind of rows that would grow for ever. */
interface Job {
  readonly name: string
  run(round: Round): Promise<void>
}

/**
 * Deletes what nobody needs any more. One process does each job, whichever comes first after its time; where it stands
 * is in the ownership table: the time of the last round, and beside it a time that the job may note.
 */
export function startHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { store, owner, leaseMs, clock, log, keep } = options
  const stop = new AbortController()
  const leases = ownership(store, owner, leaseMs, clock)
  const heartbeat = leases.heartbeat(stop.signal)
  const jobs: readonly Job[] = [
    { name: 'outbox', run: trimOutbox },
    { name: 'channels', run: trimChannels },
    { name: 'keys', run: forgetKeys },
    { name: 'sagas', run: forgetSagas() },
  ]
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await clock.sleep(keep.everyMs, stop.signal)
      for (const job of jobs) {
        if (stop.signal.aborted) return
        await once(options, leases, job, stop.signal).catch((error: unknown) => {
          if (!stop.signal.aborted) log.warn('housekeeping will try again', { job: job.name, error })
        })
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stop.abort()
      await Promise.all([running, heartbeat])
    },
  }
}

async function once(options: HousekeepingOptions, leases: Ownership, job: Job, stop: AbortSignal): Promise<void> {
  const { store, queue, keep } = options
  const consumer = `housekeeping:${job.name}`
  await leases.ensure(consumer, storeSources.housekeeping, 2, 0)
  const [nowMs, [last]] = [await store.now(), await store.ownership.list(consumer)]
  const sinceMs = nowMs - last!.position
  // A clock that was set back must not keep it from working.
  if (sinceMs >= 0 && sinceMs < keep.everyMs / 2) return
  const held = await leases.claim(consumer, storeSources.housekeeping)
  try {
    const [at, noted] = held
    // Whoever has the other half is at work.
    if (at === undefined || noted === undefined) return
    const move = async (bucket: Bucket, to: number): Promise<void> => {
      const outcome = await queue.commit({ positions: [leases.move(bucket, to)] })
      if (outcome.ok) bucket.position = to
      else bucket.lose()
      bucket.signal.throwIfAborted()
    }
    const signal = AbortSignal.any([stop, at.signal])
    await job.run({
      ...options,
      nowMs,
      lastMs: at.position,
      notedMs: noted.position,
      note: (atMs) => move(noted, atMs),
      drain: (batch, take) => drain(options, signal, batch, take),
    })
    if (!signal.aborted) await move(at, nowMs)
  } finally {
    await leases.release(held)
  }
}

/** Between two batches everybody else gets a turn. */
async function drain(
  { store, clock }: HousekeepingOptions,
  signal: AbortSignal,
  batch: number,
  take: (limit: number) => Promise<number>,
): Promise<void> {
  while (!signal.aborted) {
    if ((await take(batch)) < batch) return
    const turnMs = store.turnMs()
    await (turnMs > 0 ? clock.sleep(turnMs, signal) : nextTurn())
  }
}
