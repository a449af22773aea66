import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import type { Graph } from '../../design/graph.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Store } from '../../ports/store.ts'
import type { TableSpec, ViewBuild, ViewRegistry, ViewTables } from '../../ports/views.ts'
import type { ViewDatabase, ViewsAdapter } from '../../ports/views-apart.ts'
import { tableName } from './table.ts'

/** Where rows may be, and the store that has everything else. */
export interface ApartPlaces {
  readonly graph: Graph
  readonly views: ViewsAdapter | undefined
  readonly store: Store
  readonly clock: Clock
}

/**
 * The store with the rows of views in another database, where there is one; both close together. The registry of
 * generations and every position stay in the store.
 *
 * Rows are written before the position moves, so a page that comes again finds in each row how much of it is applied.
 * A process that has lost its bucket while it slept may still write: its write counts only if the row is the one that
 * it has read, and then it is what the events up to that row's new position give, which is what the next owner would
 * have written; he reads rows afresh, goes on from what he finds, and begins a page again when a row has changed since.
 *
 * Error: EW_CONFIG, for views that cannot be apart from the store. When it rejects the store is closed.
 */
export async function withViewsApart({ graph, views, store, clock }: ApartPlaces): Promise<Store> {
  if (views === undefined) return store
  try {
    const names = namesApart(graph, views)
    const database = await views.open({ clock, storeId: store.storeId })
    const close = async (): Promise<void> => {
      try {
        await database.close()
      } finally {
        await store.close()
      }
    }
    const tables = tablesOf(names, database, store.views)
    return { ...store, views: tables, builds: registryOf(names, database.placeId, store.builds), close }
  } catch (error) {
    await store.close().catch(() => undefined)
    throw error
  }
}

/** What commits with its events or lives in memory cannot be anywhere else. */
function namesApart(graph: Graph, { name, only }: ViewsAdapter): ReadonlySet<string> {
  const all = [...graph.projections.values()].map(({ definition }) => definition)
  if (only === undefined) return new Set(all.filter((view) => whyNot(view) === undefined).map((view) => view.name))
  for (const wanted of only) {
    const view = all.find((each) => each.name === wanted)
    const why = view === undefined ? 'the system has no such view' : whyNot(view)
    if (why !== undefined)
      throw failure('EW_CONFIG', `The view ${wanted} cannot be in ${name}: ${why}.`, { details: { view: wanted } })
  }
  return new Set(only)
}

function whyNot({ mode }: AnyProjection): string | undefined {
  if (mode === 'inline') return 'it is inline, so its rows commit with its events, in the store'
  if (mode === 'live') return 'it is live, so its rows are in the memory of each process'
  return undefined
}

function tablesOf(names: ReadonlySet<string>, database: ViewDatabase, own: ViewTables): ViewTables {
  const stems = new Set([...names].map((view) => stemOf(tableName(view, 0))))
  const has = (table: string): boolean => stems.has(stemOf(table))
  const placeOf = ({ name }: TableSpec): Omit<ViewTables, 'apart'> => (has(name) ? database : own)
  return {
    ensure: (table) => placeOf(table).ensure(table),
    async drop(name) {
      if (has(name)) await database.drop(name)
      // Also where it is apart now: an older generation may have been here.
      await own.drop(name)
    },
    get: (table, keys) => placeOf(table).get(table, keys),
    find: (table, query) => placeOf(table).find(table, query),
    count: (table, where) => placeOf(table).count(table, where),
    apart: { has, write: (table, writes) => database.write(table, writes) },
  }
}

/** Whether the rows of a generation are in another database than the store whose registry has it. */
export function isElsewhere({ identity }: ViewBuild): boolean {
  return identity.includes('@')
}

/** The name of a view's tables without the generation. */
function stemOf(table: string): string {
  return table.replace(/\d+$/, '')
}

/**
 * A generation belongs to the place where its rows are: one that is somewhere else is of another declaration, so that
 * the view is built anew when it moves, and when its database was lost.
 */
function registryOf(names: ReadonlySet<string>, placeId: string, own: ViewRegistry): ViewRegistry {
  const here = `@${placeId}`
  const opened = (build: ViewBuild): ViewBuild => {
    if (!names.has(build.view)) return build
    const { identity } = build
    const isHere = identity.endsWith(here)
    return { ...build, identity: isHere ? identity.slice(0, -here.length) : `${identity}@elsewhere` }
  }
  return {
    list: async (view) => (await own.list(view)).map(opened),
    async add(build) {
      const identity = names.has(build.view) ? `${build.identity}${here}` : build.identity
      return opened(await own.add({ ...build, identity }))
    },
    activate: (view, from, to) => own.activate(view, from, to),
    note: (view, generation, textHash) => own.note(view, generation, textHash),
    remove: (view, generation) => own.remove(view, generation),
  }
}
