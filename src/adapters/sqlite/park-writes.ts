import type { ParkWrite } from '../../ports/unit-of-work.ts'
import type { SqliteConnection } from './driver.ts'

/** Parks, extends and frees keys, in the order of the writes. */
export function writeParks(connection: SqliteConnection, parks: readonly ParkWrite[], nowMs: number): void {
  for (const park of parks) {
    const { consumer, key } = park
    switch (park.kind) {
      case 'park':
        connection
          .prepare(parkKey)
          .run(
            consumer,
            key,
            park.source,
            park.bucket,
            park.position,
            park.code,
            park.message,
            park.stack,
            park.attempts,
            nowMs,
          )
        connection.prepare(addWaiting).run(consumer, key, park.position, park.raw ?? null)
        break
      case 'wait':
        connection.prepare(addWaiting).run(consumer, key, park.position, park.raw ?? null)
        break
      case 'replayed':
        connection
          .prepare('delete from ew_parked_events where consumer = ? and key = ? and position = ?')
          .run(consumer, key, park.position)
        break
      case 'unpark':
        connection.prepare('delete from ew_parked_keys where consumer = ? and key = ?').run(consumer, key)
        connection.prepare('delete from ew_parked_events where consumer = ? and key = ?').run(consumer, key)
    }
  }
}

// A key that fails again keeps the time since when it is parked, and the request for a replay is done with.
const parkKey = `
  insert into ew_parked_keys (consumer, key, source, bucket, position, code, message, stack, attempts,
    parked_at, resuming)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
  on conflict (consumer, key) do update set source = excluded.source, bucket = excluded.bucket,
    position = excluded.position,
    code = excluded.code, message = excluded.message, stack = excluded.stack, attempts = excluded.attempts, resuming = 0`

const addWaiting =
  'insert into ew_parked_events (consumer, key, position, raw) values (?, ?, ?, ?) on conflict do nothing'
