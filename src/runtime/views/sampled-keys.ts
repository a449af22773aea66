import { randomUnit } from '../../base/ids.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { TableSpec, ViewTables } from '../../ports/views.ts'
import type { LogEvent } from '../log/event.ts'
import { keysOf } from './row-folding.ts'

/** What keys are chosen from. */
export interface SampledView {
  readonly projection: AnyProjection
  readonly table: TableSpec
  readonly views: ViewTables
  readonly log: EventLog
  wrap(stored: StoredEvent): LogEvent
}

const placeEvents = 500
const mostLooks = 8
const mostPlaces = 16

/**
 * Keys of a view by chance: of events anywhere in the log, so that a row that is missing may be among them, and of rows
 * anywhere in the table, so that one that should not be there may be. All rows where there are no more than `size`.
 */
export async function sampledKeys(view: SampledView, size: number): Promise<ReadonlySet<string>> {
  const { table, views } = view
  const first = await views.find(table, { where: [], limit: size + 1 })
  const ofEvents = await keysOfEvents(view, Math.ceil(size / 2))
  const ofRows = first.map(({ key }) => key)
  if (first.length <= size) return new Set([...ofRows, ...ofEvents])
  const places = [...ofEvents].slice(0, mostPlaces)
  const limit = Math.max(1, Math.ceil(size / 2 / (places.length + 1)))
  const keys = new Set([...ofEvents, ...ofRows.slice(0, limit)])
  for (const key of places)
    for (const row of await views.find(table, { where: [], after: { key }, limit })) keys.add(row.key)
  return keys
}

async function keysOfEvents({ projection, log, wrap }: SampledView, size: number): Promise<Set<string>> {
  const keys = new Set<string>()
  const head = await log.head(0)
  for (let look = 0; look < mostLooks && head > 0 && keys.size < size; look++) {
    const places = new Set(Array.from({ length: placeEvents }, () => 1 + Math.floor(randomUnit() * head)))
    for (const stored of await log.at([...places].sort((a, b) => a - b))) {
      if (keys.size >= size) break
      if (stored.deleted || projection.on[stored.type] === undefined) continue
      for (const key of keysOrNone(projection, wrap(stored))) keys.add(key)
    }
  }
  return keys
}

/** An event without a key is parked, or will be. */
function keysOrNone(projection: AnyProjection, event: LogEvent): readonly string[] {
  try {
    return keysOf(projection, event)
  } catch {
    return []
  }
}
