import { failure } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { plainJson } from '../../base/plain-json.ts'
import type { Graph } from '../../design/graph.ts'
import { nodeCodec } from '../../schema/codec.ts'
import type { Store } from '../../ports/store.ts'
import type { Row, StoredRow, TableSpec } from '../../ports/views.ts'
import { unknownView } from './keeper.ts'
import { cursorAfter, queryOf, type PageRequest } from './query.ts'
import { rowTables, type RowTables } from './row-tables.ts'
import { generationInUse, tableOf, viewConsumer } from './table.ts'

/** A row of a view, for people. */
export interface RowReport {
  readonly key: string
  /** In its JSON form. */
  readonly row: { readonly [column: string]: Json }
  /** Its key is parked: events of it wait, or one was discarded. */
  readonly stale: boolean
}

/** Some rows of a view. */
export interface RowReportPage {
  readonly rows: readonly RowReport[]
  /** Where the next page begins; undefined behind the last one. */
  readonly next?: string
}

/**
 * Rows of views as they stand, of the generation that a process with this design reads. Errors: EW_VIEW_UNKNOWN,
 * EW_CONFIG where no system is known.
 */
export interface RowReports {
  /** A page in the order of an indexed column, or of keys. Error: EW_QUERY. */
  page(view: string, request: PageRequest): Promise<RowReportPage>
  /** Undefined where there is no such row. */
  get(view: string, key: string): Promise<RowReport | undefined>
}

/** Reads rows of a store; `live` has those of live views, where their process is this one. */
export function rowReports(store: Store, live: Store | undefined, graph: Graph | undefined): RowReports {
  const open = (view: string): Promise<OpenView | undefined> => openView(store, live, graph, view)
  return {
    async page(view, request) {
      const found = await open(view)
      if (found === undefined) return { rows: [] }
      const query = queryOf(view, found.table, request)
      const rows = await found.tables.find(found.table, { ...query, limit: query.limit + 1 })
      const shown = await found.shown(rows.slice(0, query.limit))
      const last = rows.length > query.limit ? rows[query.limit - 1] : undefined
      if (last === undefined) return { rows: shown }
      const value = request.orderBy === undefined ? undefined : last.row?.[request.orderBy]
      return { rows: shown, next: cursorAfter(request, { key: last.key, value }) }
    },
    async get(view, key) {
      const found = await open(view)
      const rows = await found?.tables.get(found.table, [key])
      return rows === undefined ? undefined : (await found!.shown(rows))[0]
    },
  }
}

interface OpenView {
  readonly table: TableSpec
  readonly tables: RowTables
  shown(rows: readonly StoredRow[]): Promise<readonly RowReport[]>
}

/** Undefined where no generation of this declaration has been begun. */
async function openView(
  store: Store,
  live: Store | undefined,
  graph: Graph | undefined,
  view: string,
): Promise<OpenView | undefined> {
  if (graph === undefined) throw failure('EW_CONFIG', 'Rows are shown by what a system declares, and none was named.')
  const projection = graph.projections.get(view)?.definition
  const within = projection?.mode === 'live' ? live : store
  if (projection === undefined || within === undefined) throw unknownView(view)
  const build = generationInUse(await within.builds.list(view), projection.identity)
  if (build === undefined) return undefined
  const codec = nodeCodec(projection.row.node)
  const shownRow = (row: Row): RowReport['row'] => plainJson(codec?.encode(row) ?? row) as RowReport['row']
  return {
    table: tableOf(projection, build.generation),
    tables: rowTables(projection, within.views),
    async shown(rows) {
      const keys = rows.map(({ key }) => key)
      const parked =
        keys.length === 0 ? new Set() : await within.parked.among(viewConsumer(view, build.generation), keys)
      return rows.flatMap(({ key, row }) =>
        row === undefined ? [] : [{ key, row: shownRow(row), stale: parked.has(key) }],
      )
    },
  }
}
