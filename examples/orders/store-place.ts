import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { memory, type StoreAdapter } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import { sqlite } from 'eventwright/sqlite'
import { BadSetting, home } from './settings.ts'

/** A schema of a PostgreSQL database, and what the files of its outside parties begin with. */
export interface Database {
  readonly url: string
  readonly schema: string
  readonly beside: string
}

/** Where the shop keeps its events: the path of a SQLite file, `:memory:` or a database. */
export type StorePlace = string | Database

/**
 * `EVENTWRIGHT_STORE`: the path of a SQLite file, whose folder is made if it is absent, `:memory:`, or the URL of a
 * PostgreSQL database. There `EVENTWRIGHT_SCHEMA` names the schema, and the files of the outside parties stand in
 * `EVENTWRIGHT_DATA`. Errors: `BadSetting`, and EW_CONFIG for a URL that is none; no message
 * shows a password.
 */
export function storeFrom(env: NodeJS.ProcessEnv): StorePlace {
  const store = env['EVENTWRIGHT_STORE'] || resolve(home, 'data/shop.db')
  if (store === ':memory:') return store
  if (/^postgres(?:ql)?:/i.test(store)) return databaseFrom(store, env)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(store))
    throw new BadSetting(
      `EVENTWRIGHT_STORE is ${shown(store)}; write the path of a SQLite file, :memory: or a postgres:// URL.`,
    )
  makeFolder('EVENTWRIGHT_STORE', store, dirname(resolve(store)))
  return resolve(store)
}

/** What opens the store. */
export function adapterFor(place: StorePlace): StoreAdapter {
  if (typeof place !== 'string') return postgres(place.url, { schema: place.schema })
  return place === ':memory:' ? memory() : sqlite(place)
}

/** What the files of the outside parties begin with; `:memory:` for those of a shop that leaves nothing behind. */
export function partiesOf(place: StorePlace): string {
  return typeof place === 'string' ? place : place.beside
}

/** The settings by which another process finds the same store. */
export function settingsFor(place: StorePlace): NodeJS.ProcessEnv {
  if (typeof place === 'string') return { EVENTWRIGHT_STORE: place }
  const { url, schema, beside } = place
  return { EVENTWRIGHT_STORE: url, EVENTWRIGHT_SCHEMA: schema, EVENTWRIGHT_DATA: dirname(beside) }
}

/** A store for a part of the shop alone: a schema of its own in the same database, or a file beside. */
export function partOf(place: StorePlace, part: string): StorePlace {
  if (typeof place === 'string') return place.replace(/(\.[^./\\]*)?$/, (suffix) => `.${part}${suffix}`)
  const schema = `${place.schema}_${part}`
  return { ...place, schema, beside: join(dirname(place.beside), nameOf(new URL(place.url), schema)) }
}

function databaseFrom(url: string, env: NodeJS.ProcessEnv): Database {
  const schema = env['EVENTWRIGHT_SCHEMA'] || 'eventwright'
  // Says what is wrong with the address or the schema.
  postgres(url, { schema })
  const folder = resolve(env['EVENTWRIGHT_DATA'] || resolve(home, 'data'))
  makeFolder('EVENTWRIGHT_DATA', folder, folder)
  return { url, schema, beside: join(folder, nameOf(new URL(url), schema)) }
}

/** One name for each store, whoever connects to it; `+` stands in none of the parts. */
function nameOf({ hostname, port, pathname, searchParams }: URL, schema: string): string {
  const host = (searchParams.get('host') ?? hostname).toLowerCase()
  const isHere = ['', 'localhost', '127.0.0.1', '[::1]'].includes(host)
  const parts = [decodeURIComponent(pathname.slice(1)), schema, isHere ? 'localhost' : host, port || '5432']
  return parts.map(encodeURIComponent).join('+')
}

function makeFolder(setting: string, value: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BadSetting(`${setting} is ${shown(value)}, and the folder cannot be made: ${why}.`)
  }
}

function shown(value: string): string {
  return JSON.stringify(value.replace(/\/\/.*@/, '//…@'))
}
