import type { Handler } from '../loop/handler.ts'
import type { Bucket } from '../ownership.ts'
import { Arrivals } from './arrivals.ts'
import type { Core } from './core.ts'
import { emptyDesk } from './desk.ts'
import { processInstances } from './of-process.ts'
import { sagaInstances } from './of-saga.ts'
import type { ProcessRunnerOptions, RunnerOptions, SagaRunnerOptions } from './options.ts'
import { setAside, wantedInstances } from './poison.ts'
import { replayInstance, settle } from './settling.ts'

/**
 * Runs the instances of one saga. All its work is beside the source: mail, timers and what has run here. Events, row,
 * used-up mail and messages of an instance commit together, many instances in one transaction; functions and commands
 * of this service begin after the commit that asked for them.
 */
export function sagaRunner(options: SagaRunnerOptions): Handler {
  return runner(options, sagaInstances(options))
}

/** Runs the instances of one process, as `sagaRunner` does for sagas. */
export function processRunner(options: ProcessRunnerOptions): Handler {
  return runner(options, processInstances(options))
}

function runner<S, I>(options: RunnerOptions, core: Core<S, I>): Handler {
  let rounds = new WeakMap<Bucket, Round>()
  return {
    // Its source never brings anything.
    handle: async () => ({}),
    park: () => ({}),
    aside({ buckets: [only] }, signal) {
      const bucket = only!
      let round = rounds.get(bucket)
      if (round === undefined) rounds.set(bucket, (round = roundsOf(options, core, bucket, signal)))
      return round()
    },
    reset() {
      rounds = new WeakMap()
    },
  }
}

/** Does one round; answers false when there is nothing to do now. */
type Round = () => Promise<boolean>

function roundsOf<S, I>(options: RunnerOptions, core: Core<S, I>, bucket: Bucket, signal: AbortSignal): Round {
  const desk = emptyDesk(options, core, bucket, signal)
  const arrivals = new Arrivals(desk)
  return async () => {
    await desk.lot.load()
    const nowMs = await options.store.now()
    desk.begunAtMs ??= nowMs
    const more = await arrivals.next(nowMs)
    await setAside(desk)
    let replayed = false
    for (const id of await wantedInstances(desk)) if (await replayInstance(desk, id, nowMs)) replayed = true
    const batch = desk.inbox.take((id) => !desk.resting.has(id) && !desk.lot.has(id))
    // All at once, so that they share commits; whoever fails holds up nobody else.
    const ends = await Promise.allSettled(batch.map(([id, items]) => settle(desk, id, items, nowMs)))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    desk.due.arm(nowMs)
    return more || replayed || batch.length > 0
  }
}
