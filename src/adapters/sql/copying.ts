import { failure } from '../../base/errors.ts'
import { storeSources } from '../../design/sources.ts'
import type { CopyPage, CopyPlace, CopySection, CopySource, LiveOwner, UnevenConsumer } from '../../ports/copying.ts'
import type { StoredRow, TableSpec } from '../../ports/views.ts'
import { quotedName } from './dialect.ts'
import type { SqlClock, SqlRows } from './statements.ts'
import { columnsOf, storedTables, type StoredTable } from './stored-tables.ts'
import { allSpecs, specsOf } from './view-tables.ts'

/** How a database reads a table that it stores in a way of its own. */
export interface OwnTable {
  /** What stands behind FROM; default: the name. */
  readonly from?: string
  /** What is read as a column. */
  readonly select?: Readonly<Record<string, string>>
  /** Expressions by which pages are read, in the order of an index. */
  readonly key?: readonly string[]
}

/** What reading a whole store needs of a database. */
export interface WholeStore {
  all(sql: string, ...parameters: readonly (string | number | null)[]): Promise<SqlRows>
  readonly clock: SqlClock
  readonly own: Readonly<Record<string, OwnTable>>
  /** What stands before the name of a view's table. */
  readonly qualifier: string
  /** The names of all tables, those of the engine among them. */
  tables(): Promise<readonly string[]>
  /** Rows of a view behind a key, in the order of their keys. */
  viewPage(view: TableSpec, after: string | undefined, limit: number): Promise<readonly StoredRow[]>
}

/** The questions about all of a store that both databases answer alike. */
export function wholeStore(store: WholeStore): Omit<CopySource, 'name' | 'storeId'> {
  const { clock } = store
  const views = async (): Promise<readonly CopySection[]> => {
    const specs = specsOf(await store.all(allSpecs))
    const known = new Set(specs.map(({ name }) => name))
    const unknown = (await store.tables()).find((name) => name.startsWith('view_') && !known.has(name))
    if (unknown !== undefined) throw failure('EW_CONFIG', `${unknownTable(unknown)}.`, { details: { table: unknown } })
    return specs.map((view) => ({ name: view.name, view }))
  }
  return {
    async owners() {
      const rows = await store.all(
        `select owner, consumer, max(until) from ew_ownership where owner is not null and until > ${clock.sql}
          group by owner, consumer order by owner, consumer`,
        ...clock.values(),
      )
      return rows.map(([owner, consumer, untilMs]) => ({ owner, consumer, untilMs }) as LiveOwner)
    },
    async uneven() {
      const rows = await store.all(
        `select consumer, count(*), min(position), max(position) from ew_ownership where source = ?
          group by consumer having min(position) < max(position) order by consumer`,
        storeSources.log,
      )
      return rows.map(([consumer, ...numbers]) => {
        const [buckets, first, last] = numbers.map(Number)
        return { consumer, buckets, first, last } as UnevenConsumer
      })
    },
    sections: async () => [...storedTables.map(({ name }) => ({ name })), ...(await views())],
    async count(section) {
      const where = section.view === undefined ? whereOf(tableNamed(section.name)) : ''
      const [row] = await store.all(`select count(*) from ${placeOf(store, section)}${where}`)
      return Number(row![0])
    },
    page: (section, after, limit) =>
      section.view === undefined
        ? tablePage(store, tableNamed(section.name), after, limit)
        : viewPage(store, section.view, after, limit),
    async otherTables() {
      const known = new Set((await views()).map(({ name }) => name))
      return (await store.tables()).filter((name) => !name.startsWith('ew_') && !known.has(name))
    },
  }
}

/** Without its rows the copy would have an empty view that says that it has applied everything. */
function unknownTable(name: string): string {
  return `The table ${name} was made by an older release; start the system once before the store is copied, or drop it`
}

/** Error: EW_STORE_NOT_EMPTY, for a store that holds something, however little. */
export async function assertEmpty(store: WholeStore, name: string): Promise<void> {
  const found: string[] = []
  for (const table of storedTables) {
    if (table.seeded === true) continue
    const rows = await store.all(`select 1 from ${table.name}${whereOf(table)} limit 1`)
    if (rows.length > 0) found.push(table.name)
  }
  if (found.length === 0) return
  throw failure('EW_STORE_NOT_EMPTY', `The store ${name} holds something already, in ${found.join(', ')}.`, {
    details: { store: name, tables: found },
  })
}

/** The statements that take away what a new store has from the start. */
export const clearSeeded: readonly string[] = storedTables
  .filter(({ seeded }) => seeded === true)
  .map(({ name }) => `delete from ${name}`)

/** The table of a section. */
export function tableNamed(name: string): StoredTable {
  return storedTables.find((table) => table.name === name)!
}

/** What both databases write of a target in the same words. */
export const setStoreIdSql = `update ew_store set value = ? where name = 'store_id'`

function placeOf(store: WholeStore, { name, view }: CopySection): string {
  return view === undefined ? name : `${store.qualifier}${quotedName(name)}`
}

function whereOf({ where }: StoredTable): string {
  return where === undefined ? '' : ` where ${where}`
}

async function tablePage(
  store: WholeStore,
  table: StoredTable,
  after: CopyPlace | undefined,
  limit: number,
): Promise<CopyPage> {
  const own = store.own[table.name] ?? {}
  const columns = columnsOf(table)
  const key = own.key ?? table.key.map(quotedName)
  const read = columns.map((name) => own.select?.[name] ?? table.select?.[name] ?? quotedName(name))
  const tests = [
    ...(table.where === undefined ? [] : [table.where]),
    ...(after === undefined ? [] : [`(${key.join(', ')}) > (${key.map(() => '?').join(', ')})`]),
  ]
  const where = tests.length === 0 ? '' : ` where ${tests.join(' and ')}`
  const rows = await store.all(
    `select ${[...read, ...key].join(', ')} from ${own.from ?? table.name}${where} order by ${key.join(', ')} limit ?`,
    ...(after ?? []),
    limit,
  )
  const end = rows.length < limit ? undefined : (rows.at(-1)!.slice(columns.length) as unknown as CopyPlace)
  return { rows: rows.map((row) => row.slice(0, columns.length)), end }
}

async function viewPage(
  store: WholeStore,
  view: TableSpec,
  after: CopyPlace | undefined,
  limit: number,
): Promise<CopyPage> {
  const rows = await store.viewPage(view, after?.[0] as string | undefined, limit)
  return { rows, end: rows.length < limit ? undefined : [rows.at(-1)!.key] }
}
