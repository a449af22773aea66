import type { Bundle } from '../loop/bundle.ts'
import type { Bucket } from '../ownership.ts'
import { bucketOf, moveDesk, type Desk } from './desk.ts'
import { settle } from './settling.ts'

/** Nobody is woken when a command has ended that began an instance, nor when a bucket is lost. */
const lookAgainMs = 50

/**
 * Waits for what has begun here and tells its instances, which may go on with their next steps; mail stays for whoever
 * has them next. What is still under way when `over` fires is dropped, and counts there as an attempt that was cut off.
 */
export async function drained<S, I>(
  desk: Desk<S, I>,
  bundle: Bundle,
  signal: AbortSignal,
  over: AbortSignal,
): Promise<void> {
  const { atWork, inbox, resting, lot, options } = desk
  moveDesk(desk, bundle, signal)
  while (!over.aborted) {
    const seen = options.wake.seen()
    const batch = inbox.take((id) => inbox.hasOutcome(id) && !resting.has(id) && !lot.has(id))
    if (batch.length > 0) {
      const nowMs = await options.store.now()
      await Promise.all(batch.map(([id, items]) => settle(desk, id, items, nowMs)))
    } else if (atWork.isAny) await options.wake.after(seen, lookAgainMs, over)
    else return
  }
}

/**
 * Whether nothing of a bucket is under way, or it has been waited for long enough. Instances of a bucket that others
 * want begin nothing new, unless it goes on with what they have begun.
 */
export function mayLeave<S, I>({ atWork, inbox, leaving, bundle, options }: Desk<S, I>, bucket: Bucket): boolean {
  const { signal } = bucket
  const isBusy = atWork.isOn(signal) || inbox.someOutcome((id) => bundle.bucketOf(id)?.signal === signal)
  if (!isBusy) return true
  const nowMs = options.clock.now()
  const sinceMs = leaving.get(signal) ?? nowMs
  leaving.set(signal, sinceMs)
  return nowMs - sinceMs >= options.stopPatienceMs
}

/** Whether an instance waits, with what it is told, for the next owner of its bucket. */
export function waitsForNext<S, I>(desk: Desk<S, I>, id: string): boolean {
  return bucketOf(desk, id).wanted && !desk.inbox.hasOutcome(id)
}
