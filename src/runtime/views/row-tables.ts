import type { AnyProjection } from '../../design/projection.ts'
import { nodeCodec, type Codec } from '../../schema/codec.ts'
import type { Row, StoredRow, ViewTables } from '../../ports/views.ts'

/** A view's tables as its handlers see rows: nested `long` and `bytes` values are themselves, not their JSON form. */
export interface RowTables extends Pick<ViewTables, 'get' | 'find' | 'count'> {
  /** The row as a unit writes it. */
  stored(row: Row): Row
}

/** Wraps the store's tables where a nested column needs it; else they are passed on as they are. */
export function rowTables(projection: AnyProjection, tables: Pick<ViewTables, 'get' | 'find' | 'count'>): RowTables {
  const codecs = nestedCodecs(projection)
  if (codecs.length === 0) {
    return {
      stored: (row) => row,
      get: (table, keys) => tables.get(table, keys),
      find: (table, query) => tables.find(table, query),
      count: (table, where) => tables.count(table, where),
    }
  }
  const change = (row: Row, step: 'encode' | 'decode'): Row => {
    const changed: Record<string, unknown> = { ...row }
    for (const [name, codec] of codecs) {
      if (changed[name] !== undefined && changed[name] !== null) changed[name] = codec[step](changed[name])
    }
    return changed
  }
  const opened = (rows: readonly StoredRow[]): readonly StoredRow[] =>
    rows.map((each) => (each.row === undefined ? each : { ...each, row: change(each.row, 'decode') }))
  return {
    stored: (row) => change(row, 'encode'),
    get: async (table, keys) => opened(await tables.get(table, keys)),
    find: async (table, query) => opened(await tables.find(table, query)),
    count: (table, where) => tables.count(table, where),
  }
}

function nestedCodecs({ row }: AnyProjection): readonly (readonly [string, Codec])[] {
  const { node } = row
  if (node.kind !== 'fields' && node.kind !== 'record') return []
  const nested = new Set(row.columns.filter((column) => column.kind === 'json').map((column) => column.name))
  return node.fields.flatMap(({ name, node: field }) => {
    const codec = nested.has(name) ? nodeCodec(field) : null
    return codec === null ? [] : [[name, codec] as const]
  })
}
