import { encodeBase64 } from '../../base/base64.ts'
import { canonicalJson } from '../../base/json.ts'
import { compareOf, valueIn } from '../../base/row-value.ts'
import type { Column, ColumnValue, Row } from '../../ports/views.ts'

/** A column in which two rows differ, with its values as texts; null where a row has none. */
export interface FieldDifference {
  readonly field: string
  readonly stored: string | null
  readonly replayed: string | null
}

/**
 * The columns in which two rows differ, both as a unit writes them. Null and absent are the same: stores have one null.
 */
export function rowDifferences(
  columns: readonly Column[],
  stored: Row | undefined,
  replayed: Row | undefined,
): readonly FieldDifference[] {
  return columns.flatMap((column) => {
    const [a, b] = [valueIn(stored, column.name), valueIn(replayed, column.name)]
    return isSame(column, a, b) ? [] : [{ field: column.name, stored: textOf(a), replayed: textOf(b) }]
  })
}

/** Whether two rows, both as a unit writes them, are the same row. */
export function sameRow(columns: readonly Column[], stored: Row | undefined, replayed: Row | undefined): boolean {
  if (stored === undefined || replayed === undefined) return stored === replayed
  return columns.every((column) => isSame(column, valueIn(stored, column.name), valueIn(replayed, column.name)))
}

function isSame({ kind }: Column, a: ColumnValue, b: ColumnValue): boolean {
  // The order of nested values is that all are equal; only whether there is one is told by it.
  if (compareOf(kind)(a, b) !== 0) return false
  return kind !== 'json' || canonicalJson(a ?? null) === canonicalJson(b ?? null)
}

const longest = 200

function textOf(value: ColumnValue): string | null {
  if (value === null || value === undefined) return null
  const text =
    value instanceof Uint8Array ? encodeBase64(value) : typeof value === 'object' ? canonicalJson(value) : String(value)
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text
}
