import type { Handler } from '../loop/handler.ts'
import type { Bundle } from '../loop/bundle.ts'
import { Arrivals } from './arrivals.ts'
import type { Core } from './core.ts'
import { bucketOf, emptyDesk, moveDesk, type Desk } from './desk.ts'
import { earlyDesk } from './early-start.ts'
import { drained, mayLeave, waitsForNext } from './leaving.ts'
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
  let work: Work | undefined
  return {
    // Its source never brings anything.
    handle: async () => ({}),
    park: () => ({}),
    aside(bundle, signal) {
      work ??= workOf(options, emptyDesk(options, core, bundle.buckets[0]!.consumer))
      return work.round(bundle, signal)
    },
    mayLeave: (bucket) => work === undefined || work.mayLeave(bucket),
    drain: async (bundle, signal, over) => work?.drain(bundle, signal, over),
    reset() {
      work = undefined
    },
  }
}

interface Work extends Required<Pick<Handler, 'mayLeave' | 'drain'>> {
  /** Answers false when there is nothing to do now. */
  round(bundle: Bundle, signal: AbortSignal): Promise<boolean>
}

function workOf<S, I>(options: RunnerOptions, desk: Desk<S, I>): Work {
  const arrivals = new Arrivals(desk)
  const early = options.early && earlyDesk(desk, options.early, (bucket) => !arrivals.isTakingOver(bucket))
  const round = async (bundle: Bundle, signal: AbortSignal): Promise<boolean> => {
    const come = moveDesk(desk, bundle, signal)
    if (come !== undefined) {
      arrivals.moved(come)
      if (early !== undefined) options.early?.saga.open(early, bundle.buckets)
    }
    await desk.lot.load()
    const nowMs = await options.store.now()
    if (desk.begunAtMs.size < bundle.buckets.length)
      for (const { bucket } of bundle.buckets) if (!desk.begunAtMs.has(bucket)) desk.begunAtMs.set(bucket, nowMs)
    const more = await arrivals.next(nowMs)
    await setAside(desk)
    let replayed = false
    for (const id of await wantedInstances(desk))
      if (!bucketOf(desk, id).wanted && (await replayInstance(desk, id, nowMs))) replayed = true
    const isLeaving = bundle.buckets.some(({ wanted }) => wanted)
    const stays = (id: string): boolean => !isLeaving || !waitsForNext(desk, id)
    const batch = desk.inbox.take((id) => !desk.resting.has(id) && !desk.lot.has(id) && stays(id))
    // All at once, so that they share commits; whoever fails holds up nobody else.
    const ends = await Promise.allSettled(batch.map(([id, items]) => settle(desk, id, items, nowMs)))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    desk.due.arm(nowMs)
    return more || replayed || batch.length > 0
  }
  return {
    round,
    mayLeave: (bucket) => mayLeave(desk, bucket),
    drain: (bundle, signal, over) => drained(desk, bundle, signal, over),
  }
}
