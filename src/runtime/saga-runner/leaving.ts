import { nextTurn } from '../../base/next-turn.ts'
import type { Bundle } from '../loop/bundle.ts'
import type { Bucket } from '../ownership.ts'
import { bucketOf, moveDesk, type Desk } from './desk.ts'
import { settle } from './settling.ts'

/** Nobody is woken when a command has ended that began an instance, nor when a bucket is lost. */
const lookAgainMs = 50
/** For how long a bucket is kept from whoever wants it: all that comes for its instances waits meanwhile. */
const handOverPatienceMs = 5_000

/**
 * Waits for what has begun here and tells its instances, which may go on with their next steps; other instances are
 * left to whoever has them next. What is still under way when `over` fires is dropped, and counts there as an attempt
 * that was cut off. Never rejects.
 */
export async function drained<S, I>(
  desk: Desk<S, I>,
  bundle: Bundle,
  signal: AbortSignal,
  over: AbortSignal,
): Promise<void> {
  const { atWork, options } = desk
  moveDesk(desk, bundle, signal)
  while (!over.aborted) {
    const seen = options.wake.seen()
    let isWell = true
    const hasTold = await toldOutcomes(desk).catch((error: unknown) => {
      options.log.warn('telling instances at the stop failed, and is tried again', { error })
      return (isWell = false)
    })
    if (isWell && !hasTold && !atWork.isAny) return
    // Another turn in any case, or nobody could say that the time is over.
    if (hasTold) await nextTurn()
    else await options.wake.after(seen, lookAgainMs, over)
  }
}

/** Tells instances what has come of what ran here; answers false when there was nothing to tell. */
async function toldOutcomes<S, I>(desk: Desk<S, I>): Promise<boolean> {
  const { inbox, lot, options } = desk
  await lot.load()
  const nowMs = await options.store.now()
  const batch = inbox.take((id) => isMoving(desk, id) && !bucketOf(desk, id).lost)
  const ends = await Promise.allSettled(batch.map(([id, items]) => settle(desk, id, items, nowMs)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return batch.length > 0
}

/** Whether an instance goes on by what has come of something that ran here. */
function isMoving<S, I>({ inbox, lot, resting }: Desk<S, I>, id: string): boolean {
  return inbox.hasOutcome(id) && !lot.has(id) && !resting.has(id)
}

/** Whether nothing of a bucket that others want is under way, or it was waited for long enough. */
export function mayLeave<S, I>(desk: Desk<S, I>, bucket: Bucket): boolean {
  const { atWork, inbox, leaving, options } = desk
  const { signal } = bucket
  const isOfIt = (id: string): boolean => isMoving(desk, id) && bucketOf(desk, id)?.signal === signal
  if (!atWork.isOn(signal) && !inbox.ids().some(isOfIt)) return true
  const nowMs = options.clock.now()
  const sinceMs = leaving.get(bucket) ?? nowMs
  leaving.set(bucket, sinceMs)
  return nowMs - sinceMs >= handOverPatienceMs
}

/** Whether what has come for an instance is left to the next owner of its bucket, who finds it in the store. */
export function waitsForNext<S, I>(desk: Desk<S, I>, id: string): boolean {
  return !desk.inbox.hasOutcome(id) && bucketOf(desk, id).wanted
}
