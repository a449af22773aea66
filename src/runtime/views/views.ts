import { durationMs } from '../../base/duration.ts'
import { failure } from '../../base/errors.ts'
import { passes } from '../../base/row-table.ts'
import { compareOf } from '../../base/row-value.ts'
import { idOf } from '../../base/stream-name.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Duration } from '../../schema/field.ts'
import type { ParkedTable } from '../../ports/parked.ts'
import { checkTests, columnOf } from '../../ports/table-check.ts'
import type { ColumnTest, Row, StoredRow, TableSpec } from '../../ports/views.ts'
import { readReceipt, type Receipt, type ReceiptContent, type ReceiptEvent } from '../commands/receipt.ts'
import type { RowTables } from './row-tables.ts'
import { cursorAfter, queryOf, testsOf, type PageRequest } from './query.ts'

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
  /** How many buckets the consumer has. */
  readonly buckets: number
  readonly tables: RowTables
}

/** What a view needs of the runtime. */
export interface ViewContext {
  readonly storeId: string
  readonly parked: ParkedTable
  /** The source at this moment; it changes when a rebuild is swapped in. */
  source(): ViewSource
  /**
   * Waits for a source that has applied everything up to the position (with a key: in that key's bucket); undefined
   * when it is late.
   */
  reached(position: number, timeoutMs: number, key?: string): Promise<ViewSource | undefined>
  /**
   * For a view that a channel feeds, in place of `reached`, since positions of its store say nothing: waits until every
   * one of these events that the view takes is applied, or the key is parked. False when that is late.
   */
  applied?(events: readonly ReceiptEvent[], timeoutMs: number, key?: string): Promise<boolean>
  /** Keys of this view that change from this call on, each time after the change was committed. */
  changes(signal: AbortSignal | undefined): AsyncIterable<string>
}

/** The untyped view; `Running.views` gives it the row's types. */
export interface AnyView {
  get(key: string, read?: Read): Promise<Viewed<Row> | undefined>
  find(where?: Readonly<Record<string, unknown>>, read?: Read): Promise<Viewed<Row>[]>
  page(request: PageRequest, read?: Read): Promise<{ rows: Viewed<Row>[]; next?: string }>
  count(where?: Readonly<Record<string, unknown>>, read?: Read): Promise<number>
  watch(
    where?: Readonly<Record<string, unknown>>,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<RowChange<Row>>
}

const findLimit = 10_000

/** Reads of one view: waiting for receipts, queries, and what is stale. */
export function view(context: ViewContext): AnyView {
  const ready = async (read: Read | undefined, key?: string): Promise<{ source: ViewSource; late: boolean }> => {
    const source = context.source()
    if (read?.after === undefined) return { source, late: false }
    const receipt = readReceipt(read.after)
    const timeoutMs = read.timeout === undefined ? 5_000 : durationMs(read.timeout)
    if (context.applied !== undefined) {
      const late = !(await context.applied(receipt.events, timeoutMs, key))
      if (late && !read.orStale) throw tooLate(source, `apply the events of the receipt`, timeoutMs, receipt)
      return { source: context.source(), late }
    }
    if (receipt.storeId !== context.storeId) {
      throw failure('EW_RECEIPT_FOREIGN', `The view ${source.projection.name} is not fed by the store of the receipt.`)
    }
    if (key !== undefined && (await isWritten(source, receipt, key))) return { source, late: false }
    const reached = await context.reached(receipt.position, timeoutMs, key)
    if (reached !== undefined) return { source: reached, late: false }
    if (read.orStale) return { source: context.source(), late: true }
    throw tooLate(source, `reach position ${receipt.position}`, timeoutMs, receipt)
  }
  const shown = (source: ViewSource, rows: readonly StoredRow[], late: boolean): Promise<Viewed<Row>[]> =>
    shownRows(context, source, rows, late)
  return {
    async get(key, read) {
      const { source, late } = await ready(read, key)
      // Both at once, since on a server each is a way there and back.
      const [[found], parked] = await Promise.all([
        source.tables.get(source.table, [key]),
        context.parked.among(source.consumer, [key]),
      ])
      return found?.row === undefined ? undefined : shownRow(found.row, late || parked.has(key))
    },
    async find(where, read) {
      const { source, late } = await ready(read)
      const query = { where: testsOf(source.projection.name, source.table, where), limit: findLimit + 1 }
      const rows = await source.tables.find(source.table, query)
      if (rows.length > findLimit) {
        throw failure(
          'EW_QUERY',
          `More than ${findLimit} rows of the view ${source.projection.name} match; use page().`,
        )
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
      return {
        rows,
        next: cursorAfter(request, { key: last.key, value: request.orderBy && last.row?.[request.orderBy] }),
      }
    },
    async count(where, read) {
      const { source } = await ready(read)
      return source.tables.count(source.table, testsOf(source.projection.name, source.table, where))
    },
    watch: (where, options) => watch(context, where, options?.signal),
  }
}

function tooLate({ projection }: ViewSource, what: string, timeoutMs: number, { position }: ReceiptContent): Error {
  const view = projection.name
  return failure('EW_STALE', `The view ${view} did not ${what} within ${timeoutMs} ms.`, {
    details: { view, position },
  })
}

/**
 * A row of an inline view was written by the very commit that the receipt stands for, so there is nothing to wait for.
 */
async function isWritten(
  { projection, table, tables }: ViewSource,
  receipt: ReceiptContent,
  key: string,
): Promise<boolean> {
  const own = receipt.events.find(({ stream }) => idOf(stream) === key)
  if (projection.mode !== 'inline' || own === undefined) return false
  const [stored] = await tables.get(table, [key])
  return stored !== undefined && stored.applied >= own.version
}

/** Rows as they are read: those of parked keys say that they are stale. */
async function shownRows(
  context: ViewContext,
  source: ViewSource,
  rows: readonly StoredRow[],
  late: boolean,
): Promise<Viewed<Row>[]> {
  const parked =
    rows.length === 0
      ? new Set<string>()
      : await context.parked.among(
          source.consumer,
          rows.map((each) => each.key),
        )
  return rows.map((each) => shownRow(each.row!, late || parked.has(each.key)))
}

function shownRow(row: Row, stale: boolean): Viewed<Row> {
  return stale ? { ...row, stale: true as const } : row
}

/** Not a generator itself: a wrong query is refused, and the changes begin, at the call and not at the first read. */
function watch(
  context: ViewContext,
  where: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<RowChange<Row>> {
  const { projection, table } = context.source()
  const tests = testsOf(projection.name, table, where)
  checkTests(table, tests)
  return rowChanges(context, tests, context.changes(signal))
}

async function* rowChanges(
  context: ViewContext,
  tests: readonly ColumnTest[],
  keys: AsyncIterable<string>,
): AsyncGenerator<RowChange<Row>> {
  for await (const key of keys) {
    const source = context.source()
    const stored = await source.tables.get(source.table, [key])
    const matching = stored.filter(
      ({ row }) => row !== undefined && tests.every((test) => holds(source.table, row, test)),
    )
    yield { key, row: (await shownRows(context, source, matching, false))[0] }
  }
}

function holds(table: TableSpec, row: Row, test: ColumnTest): boolean {
  return passes(row[test.column], test, compareOf(columnOf(table, test.column)!.kind))
}
