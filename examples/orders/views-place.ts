import { basename, extname } from 'node:path'
import type { ViewsAdapter } from 'eventwright'
import { dropMongodb, mongodb } from 'eventwright/mongodb'
import { BadSetting } from './settings.ts'
import type { StorePlace } from './store-place.ts'

/** Where rows of views are: a URL, or `store` for within the store. */
export type ViewsPlace = 'store' | `mongodb${'' | '+srv'}://${string}`

/**
 * `EVENTWRIGHT_VIEWS`: `store` (the default) or `mongodb://host:port/database`. Error: `BadSetting`.
 */
export function viewsFrom(env: NodeJS.ProcessEnv): ViewsPlace {
  const views = env['EVENTWRIGHT_VIEWS'] || 'store'
  if (views === 'store' || /^mongodb(?:\+srv)?:\/\/./.test(views)) return views as ViewsPlace
  throw new BadSetting('EVENTWRIGHT_VIEWS is not store or mongodb://user:password@host:port/database.')
}

/** What opens the database for views; undefined where the store has them. Error: `BadSetting`. */
export function viewsAdapterFor(place: ViewsPlace, store: StorePlace): ViewsAdapter | undefined {
  if (place === 'store') return undefined
  if (store === ':memory:')
    throw new BadSetting(
      'EVENTWRIGHT_VIEWS names a database, but EVENTWRIGHT_STORE is :memory:, which it would outlive.',
    )
  return mongodb(place, databaseOf(place, store))
}

/** Where the views of a part of the shop alone are: a database of its own, if the URL names one. */
export function viewsPartOf(place: ViewsPlace, part: string): ViewsPlace {
  return place.replace(named, (all) => `${all}_${part}`) as ViewsPlace
}

/** Drops the database of a store that is deleted. */
export async function deleteViews(place: ViewsPlace, store: StorePlace): Promise<void> {
  if (place !== 'store' && store !== ':memory:') await dropMongodb(place, databaseOf(place, store))
}

/** A URL up to the end of the name of its database. */
const named = /^[^/]+\/\/[^/?]+\/[^/?]+/

/** A database has the views of one store: where the URL names none it is called after that. */
function databaseOf(place: ViewsPlace, store: StorePlace): { readonly database?: string } {
  if (named.test(place)) return {}
  const name = typeof store === 'string' ? basename(store, extname(store)) : store.schema
  return { database: name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 63) }
}
