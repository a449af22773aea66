import { compareText } from '../../base/row-value.ts'
import { parkedHead } from '../../ports/parked-decision.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import { lockHeads, putHead, takeHead, type HeadAccess } from './parked-heads.ts'
import { step, type SqlSteps } from './statements.ts'

/** Parks, extends and frees keys, in the order of the writes. */
export function* parkWrites(parks: readonly ParkWrite[], nowMs: number, access: HeadAccess): SqlSteps<void> {
  yield* lockAll(parks, access)
  for (const park of parks) {
    const { consumer } = park
    switch (park.kind) {
      case 'park':
        yield* putHead(parkedHead(park, yield* takeHead(access, consumer, park.key), nowMs))
        yield* step(addWaiting, consumer, park.key, park.position, park.raw ?? null)
        break
      case 'wait':
        yield* step(addWaiting, consumer, park.key, park.position, park.raw ?? null)
        break
      case 'replayed':
        yield* step(removeWaiting, consumer, park.key, park.position)
        break
      case 'unpark':
        yield* step('delete from ew_parked_keys where consumer = ? and key = ?', consumer, park.key)
        yield* step('delete from ew_parked_events where consumer = ? and key = ?', consumer, park.key)
        break
      case 'unmark':
        yield* step('update ew_parked_keys set resuming = 0 where consumer = ? and key = ?', consumer, park.key)
        break
      case 'handlers':
        yield* step(newHandlers, park.handlers, consumer, park.bucket, park.handlers)
    }
  }
}

/** Takes one message away from what waits for a key. */
export const removeWaiting = 'delete from ew_parked_events where consumer = ? and key = ? and position = ?'

const addWaiting =
  'insert into ew_parked_events (consumer, key, position, raw) values (?, ?, ?, ?) on conflict do nothing'

const newHandlers =
  'update ew_parked_keys set vain_replays = 0, handlers = ? where consumer = ? and bucket = ? and handlers <> ?'

function* lockAll(parks: readonly ParkWrite[], access: HeadAccess): SqlSteps<void> {
  const keyed = parks.flatMap((park) => (park.kind === 'handlers' ? [] : park))
  const byConsumer = [...Map.groupBy(keyed, ({ consumer }) => consumer)].sort(([a], [b]) => compareText(a, b))
  for (const [consumer, all] of byConsumer) {
    const keys = all.map(({ key }) => key)
    yield* lockHeads(access, consumer, keys)
  }
}
