import type { CompareValues } from '../../base/row-value.ts'
import type { RowWrite, StoredRow, ViewTables } from '../../ports/views.ts'
import type { ViewDatabase } from '../../ports/views-apart.ts'

/** Tables of views and what writes to them, whatever it is. */
export interface WrittenViews {
  readonly views: Pick<ViewTables, 'ensure' | 'drop' | 'get' | 'find' | 'count'>
  /** Writes rows without guards, each key once. Error: EW_UNIT where there is no table. */
  write(...rows: readonly RowWrite[]): Promise<void>
}

/** What a test of tables of views works on. */
export interface ViewsTrial extends WrittenViews {
  /** The order of texts there: by code point, unless its server says otherwise. */
  readonly compareText: CompareValues
  /** Opens the same data once more. */
  another(): Promise<WrittenViews>
}

/** One test of tables of views. */
export interface ViewsCase {
  readonly title: string
  readonly run: (trial: ViewsTrial) => Promise<void>
}

/** A database for views of an adapter under test, without rows, opened for the store that the test names. */
export interface ViewsUnderTest {
  readonly database: ViewDatabase
  /** How its server sorts texts, if not by code point. */
  readonly compareText?: (a: string, b: string) => number
  /** Opens the same data once more, for that store or another. Closed by `close`. */
  another(storeId?: string): Promise<ViewDatabase>
  /** Closes everything that was opened and removes the data. */
  close(): Promise<void>
}

/** Rows without what only some places have. */
export function seen(rows: readonly StoredRow[]): readonly StoredRow[] {
  return rows.map(({ key, row, applied }) => ({ key, row, applied }))
}
