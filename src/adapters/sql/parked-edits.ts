import type { ParkedOrder } from '../../ports/parked.ts'
import { editedHead, withoutHead, type ParkedHead } from '../../ports/parked-decision.ts'
import { removeWaiting } from './park-writes.ts'
import { addAction } from './parked-actions.ts'
import { lockHeads, putHead, takeHead, type HeadAccess } from './parked-heads.ts'
import { step, timeOf, type SqlClock, type SqlSteps } from './statements.ts'

type Access = HeadAccess & { readonly clock: SqlClock }

/** Replaces what is kept of a head and notes both texts. Answers whether it did. */
export function* editHead(
  access: Access,
  consumer: string,
  key: string,
  position: number,
  edited: string,
  order: ParkedOrder,
): SqlSteps<boolean> {
  const head = yield* idleHead(access, consumer, key, position)
  if (head === undefined) return false
  const raw = yield* rawOf(head)
  yield* addAction('edited', head, { ...order, atMs: yield* timeOf(access.clock), raw, edited })
  yield* step(setRaw, edited, consumer, key, position)
  yield* putHead(editedHead(head))
  return true
}

/** Drops heads, notes what was kept of them and marks their keys. Answers those where it did. */
export function* discardHeads(
  access: Access,
  consumer: string,
  heads: readonly { readonly key: string; readonly position: number }[],
  order: ParkedOrder,
): SqlSteps<ReadonlySet<string>> {
  const keys = heads.map(({ key }) => key)
  yield* lockHeads(access, consumer, keys)
  const atMs = yield* timeOf(access.clock)
  const done = new Set<string>()
  for (const { key, position } of heads) {
    const head = yield* idleHead(access, consumer, key, position)
    if (head === undefined) continue
    const raw = yield* rawOf(head)
    yield* addAction('discarded', head, { ...order, atMs, raw })
    yield* step(removeWaiting, consumer, key, position)
    const [row] = yield* step(nextWaiting, consumer, key)
    yield* putHead(withoutHead(head, (row![0] as number | null) ?? undefined, order.why))
    done.add(key)
  }
  return done
}

const setRaw = 'update ew_parked_events set raw = ? where consumer = ? and key = ? and position = ?'
const nextWaiting = 'select min(position) from ew_parked_events where consumer = ? and key = ?'

/** The head of a key, where it is the one that is meant and nobody is replaying it. */
function* idleHead(
  access: HeadAccess,
  consumer: string,
  key: string,
  position: number,
): SqlSteps<ParkedHead | undefined> {
  const head = yield* takeHead(access, consumer, key)
  return head === undefined || head.resuming || head.position !== position ? undefined : head
}

function* rawOf({ consumer, key, position }: ParkedHead): SqlSteps<string | null> {
  const [row] = yield* step(
    'select raw from ew_parked_events where consumer = ? and key = ? and position = ?',
    consumer,
    key,
    position,
  )
  return (row?.[0] ?? null) as string | null
}
