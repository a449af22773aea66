import type { StoreAdapter } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { sqlite } from 'eventwright/sqlite'

/** The store at a `postgres://` URL or in a file. */
export function storeAt(place: string): StoreAdapter {
  return place.startsWith('postgres://') ? postgres(place, { poolSize }) : sqlite(place)
}

/** Connections of either side where callers share them. */
export const poolSize = 20
