import { durationMs } from '../base/duration.ts'
import { failure } from '../base/errors.ts'
import type { AnyProjection } from '../design/projection.ts'
import type { Duration } from '../schema/field.ts'
import type { ParkedTable } from '../ports/parked.ts'
import type { Row, StoredRow, TableSpec } from '../ports/views.ts'
import { readReceipt, type Receipt } from './receipt.ts'
import type { RowTables } from './row-tables.ts'
import { cursorAfter, queryOf, testsOf, type PageRequest } from './view-query.ts'

/** How a read relates to writes. */
export interface Read {
  /** Answer only when the view has applied what this receipt stands for. */
  readonly after?: Receipt
  /** How long to wait for it; default 5 s. Then: EW_STALE. */
  readonly timeout?: Duration
  /** Answer with what is there when the time is over; the rows then say `stale: true`. */
  readonly orStale?: boolean
}

/** A row as it is read; `stale` is present when its key is parked or the view had not caught up in time. */
export type Viewed<R> = R & { readonly stale?: true }

/** One change of a row that a watcher sees; `row` is undefined when it was deleted or no longer matches. */
export interface RowChange<R> {
  readonly key: string
  readonly row: Viewed<R> | undefined
}

/** Where a view is read from right now. */
export interface ViewSource {
  readonly projection: AnyProjection
  readonly table: TableSpec
  readonly consumer: string
  readonly tables: RowTables
}

/** What a view needs of the runtime. */
export interface ViewContext {
  readonly storeId: string
  readonly parked: ParkedTable
  /** The source at this moment; it changes when a rebuild is swapped in. */
  source(): ViewSource
  /** Waits until the view has applied everything up to the position; with a key, only that key's bucket. */
  reached(source: ViewSource, position: number, timeoutMs: number, key?: string): Promise<boolean>
  /** Keys of this view that change from now on, each time after the change was committed. */
  changes(source: ViewSource): AsyncIterable<string>
}

/** The untyped view; `Running.views` gives it the row's types. */
export interface AnyView {
  get(key: string, read?: Read): Promise<Viewed<Row> | undefined>
  find(where?: Readonly<Record<string, unknown>>, read?: Read): Promise<Viewed<Row>[]>
  page(request: PageRequest, read?: Read): Promise<{ rows: Viewed<Row>[]; next?: string }>
  count(where?: Readonly<Record<string, unknown>>, read?: Read): Promise<number>
  watch(where?: Readonly<Record<string, unknown>>): AsyncIterable<RowChange<Row>>
}

const findLimit = 10_000

/** Reads of one view: waiting for receipts, queries, and what is stale. */
export function view(context: ViewContext): AnyView {
  const ready = async (read: Read | undefined, key?: string): Promise<{ source: ViewSource; late: boolean }> => {
    const source = context.source()
    if (read?.after === undefined) return { source, late: false }
    const receipt = readReceipt(read.after)
    if (receipt.storeId !== context.storeId) {
      throw failure('EW_RECEIPT_FOREIGN', `The view ${source.projection.name} is not fed by the store of the receipt.`)
    }
    const timeoutMs = read.timeout === undefined ? 5_000 : durationMs(read.timeout)
    if (await context.reached(source, receipt.position, timeoutMs, key)) return { source, late: false }
    if (read.orStale) return { source, late: true }
    throw failure('EW_STALE', `The view ${source.projection.name} did not reach position ${receipt.position} within ${timeoutMs} ms.`, {
      details: { view: source.projection.name, position: receipt.position },
    })
  }
  const shown = async (source: ViewSource, rows: readonly StoredRow[], late: boolean): Promise<Viewed<Row>[]> => {
    const parked = rows.length === 0 ? new Set<string>() : await context.parked.among(source.consumer, rows.map((each) => each.key))
    return rows.map((each) => (late || parked.has(each.key) ? { ...each.row!, stale: true as const } : each.row!))
  }
  return {
    async get(key, read) {
      const { source, late } = await ready(read, key)
      const rows = await source.tables.get(source.table, [key])
      return (await shown(source, rows.filter((each) => each.row !== undefined), late))[0]
    },
    async find(where, read) {
      const { source, late } = await ready(read)
      const query = { where: testsOf(source.projection.name, source.table, where), limit: findLimit + 1 }
      const rows = await source.tables.find(source.table, query)
      if (rows.length > findLimit) {
        throw failure('EW_QUERY', `More than ${findLimit} rows of the view ${source.projection.name} match; use page().`)
      }
      return shown(source, rows, late)
    },
    async page(request, read) {
      const { source, late } = await ready(read)
      const query = queryOf(source.projection.name, source.table, request)
      const found = await source.tables.find(source.table, { ...query, limit: query.limit + 1 })
      const rows = await shown(source, found.slice(0, query.limit), late)
      const last = found.length > query.limit ? found[query.limit - 1] : undefined
      if (last === undefined) return { rows }
      return { rows, next: cursorAfter(request, { key: last.key, value: request.orderBy && last.row?.[request.orderBy] }) }
    },
    async count(where, read) {
      const { source } = await ready(read)
      return source.tables.count(source.table, testsOf(source.projection.name, source.table, where))
    },
    watch: (where) => watch(context, where),
  }
}

async function* watch(context: ViewContext, where: Readonly<Record<string, unknown>> | undefined): AsyncGenerator<RowChange<Row>> {
  const source = context.source()
  const tests = testsOf(source.projection.name, source.table, where)
  for await (const key of context.changes(source)) {
    const current = context.source()
    const [stored] = await current.tables.get(current.table, [key])
    const row = stored?.row
    const matches = row !== undefined && tests.every((test) => holds(row[test.column], test))
    yield { key, row: matches ? row : undefined }
  }
}

function holds(value: unknown, test: ReturnType<typeof testsOf>[number]): boolean {
  if (test.is === 'in') return test.values.includes(value)
  if (test.is === 'eq') return value === test.value
  if (value === null || value === undefined) return false
  const order = (value as never) < (test.value as never) ? -1 : (value as never) > (test.value as never) ? 1 : 0
  return test.is === 'gt' ? order > 0 : test.is === 'gte' ? order >= 0 : test.is === 'lt' ? order < 0 : order <= 0
}
