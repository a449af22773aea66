import type { Column, StoredRow } from '../../ports/views.ts'

const ownMember = { enumerable: true, writable: true, configurable: true }

/**
 * A row as it was written, from the values of its key, what it has applied, whether it is a tombstone, and its columns;
 * `decode` reads a value that is not null.
 */
export function storedRow(
  columns: readonly Column[],
  values: readonly unknown[],
  decode: (column: Column, stored: unknown) => unknown,
): StoredRow {
  const key = values[0] as string
  // SQLite gives bigints for a table that may hold large ones.
  const applied = Number(values[1])
  if (Number(values[2]) === 1) return { key, row: undefined, applied }
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!
    const stored = values[index + 3]
    if (stored === null && column.optional === true) continue
    const value = stored === null ? null : decode(column, stored)
    // Assigned, `__proto__` would become the prototype.
    if (column.name === '__proto__') Object.defineProperty(row, column.name, { ...ownMember, value })
    else row[column.name] = value
  }
  return { key, row, applied }
}
