import { newId } from '../../src/base/ids.ts'
import { streamHash } from '../../src/base/hash.ts'
import type { NewEvent } from '../../src/ports/stored-event.ts'
import type { Expected, Unit } from '../../src/ports/unit-of-work.ts'
import { eventChecksum } from '../../src/runtime/log/event-encoding.ts'

/** An encoded event for a stream. */
export function encoded(stream: string, id: string = newId(), data = '{}'): NewEvent {
  const checksum = eventChecksum(id, stream, 'Happened', 1, data, '{}')
  return { id, type: 'Happened', schemaVersion: 1, occurredAtMs: 0, data, meta: '{}', checksum }
}

/** A unit that appends to one stream: as many events, or events with these ids. */
export function appending(
  stream: string,
  expected: Expected = 'any',
  events: number | readonly string[] = 1,
  data = '{}',
): Unit {
  const ids = typeof events === 'number' ? Array.from({ length: events }, () => newId()) : events
  return {
    appends: [
      { stream, hash: streamHash(stream), partition: 0, expected, events: ids.map((id) => encoded(stream, id, data)) },
    ],
  }
}

/** The ids of a unit's events. */
export function idsOf(unit: Unit): string[] {
  return (unit.appends ?? []).flatMap((append) => append.events.map((event) => event.id))
}
