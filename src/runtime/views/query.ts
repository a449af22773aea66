import { failure } from '../../base/errors.ts'
import type { ColumnTest, RowQuery, TableSpec } from '../../ports/views.ts'

/** A page request as users write it, by column name. */
export interface PageRequest {
  readonly where?: Readonly<Record<string, unknown>>
  readonly orderBy?: string
  readonly descending?: boolean
  readonly limit?: number
  readonly cursor?: string
}

const maxLimit = 10_000
const comparisons = new Set(['eq', 'gt', 'gte', 'lt', 'lte'])

/** The tests of a `where`. Error: EW_QUERY for columns without an index and unknown comparisons. */
export function testsOf(view: string, table: TableSpec, where: Readonly<Record<string, unknown>> = {}): ColumnTest[] {
  return Object.entries(where).flatMap(([column, wanted]) => {
    if (wanted === undefined) return []
    assertIndexed(view, table, column)
    if (typeof wanted !== 'object' || wanted === null || wanted instanceof Uint8Array)
      return [{ column, is: 'eq' as const, value: wanted }]
    return Object.entries(wanted).map(([is, value]): ColumnTest => {
      if (is === 'in' && Array.isArray(value)) return { column, is, values: value }
      if (!comparisons.has(is))
        throw failure(
          'EW_QUERY',
          `The view ${view} cannot test ${column} by "${is}"; use a value, in, gt, gte, lt or lte.`,
        )
      return { column, is: is as 'eq', value }
    })
  })
}

/** A row query with its cursor opened. Error: EW_QUERY. */
export function queryOf(view: string, table: TableSpec, request: PageRequest): RowQuery {
  const { orderBy, descending = false, limit = 100 } = request
  if (orderBy !== undefined) assertIndexed(view, table, orderBy)
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw failure('EW_QUERY', `The view ${view} was asked for ${limit} rows; a page has 1 to ${maxLimit}.`)
  }
  const after = request.cursor === undefined ? undefined : openCursor(view, request)
  return {
    where: testsOf(view, table, request.where),
    descending,
    limit,
    ...(orderBy !== undefined && { orderBy }),
    ...(after && { after }),
  }
}

/** An opaque text for the place behind the last row of a page. */
export function cursorAfter(request: PageRequest, last: { readonly key: string; readonly value: unknown }): string {
  const value =
    typeof last.value === 'bigint'
      ? { long: String(last.value) }
      : last.value instanceof Uint8Array
        ? { bytes: Buffer.from(last.value).toString('base64') }
        : last.value
  return Buffer.from(
    JSON.stringify([request.orderBy ?? null, request.descending ?? false, value ?? null, last.key]),
  ).toString('base64url')
}

function openCursor(view: string, request: PageRequest): { readonly value?: unknown; readonly key: string } {
  try {
    const [orderBy, descending, value, key] = JSON.parse(Buffer.from(request.cursor!, 'base64url').toString()) as [
      unknown,
      unknown,
      unknown,
      unknown,
    ]
    if (
      orderBy !== (request.orderBy ?? null) ||
      descending !== (request.descending ?? false) ||
      typeof key !== 'string'
    )
      throw new Error('another query')
    return orderBy === null ? { key } : { value: openValue(value), key }
  } catch (cause) {
    throw failure('EW_QUERY', `The cursor does not belong to this query of the view ${view}.`, { cause })
  }
}

function openValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { long, bytes } = value as { readonly long?: string; readonly bytes?: string }
  return bytes === undefined ? BigInt(long!) : new Uint8Array(Buffer.from(bytes, 'base64'))
}

function assertIndexed(view: string, table: TableSpec, column: string): void {
  const indexed = [...table.indexes, ...table.unique].some((columns) => columns.includes(column))
  if (indexed) return
  const known = [...new Set([...table.indexes, ...table.unique].flat())].join(', ') || 'none'
  throw failure('EW_QUERY', `The view ${view} has no index on ${column}; indexed columns: ${known}.`, {
    details: { view, column },
  })
}
