import type { Column, ColumnKind } from '../design/columns.ts'

export type { Column, ColumnKind }

/**
 * A value in a column: what the schema's values are in memory (decimal = canonical string, long = bigint, bytes =
 * Uint8Array).
 */
export type ColumnValue = unknown

/** A view's table. The key is a text column of its own beside the declared columns. */
export interface TableSpec {
  /** Physical name: letters, digits and `_`, at most 63. */
  readonly name: string
  readonly columns: readonly Column[]
  readonly indexes: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
}

/**
 * A row by column name. A null column is read back as null, or as absent if the column says `optional`.
 * The value of a `json` column is JSON: nested longs as text, nested bytes as base64.
 */
export type Row = Readonly<Record<string, ColumnValue>>

/** A row of a view, with what it has applied: a stream version for inline views, a position for others. */
export interface StoredRow {
  readonly key: string
  /** Undefined for the tombstone of a deleted row of an inline view. */
  readonly row: Row | undefined
  readonly applied: number
  /** Which writing of the row it is, where rows are apart from the store. */
  readonly revision?: number
}

/** Writes or deletes one row inside a unit; of several writes to a key in one unit the last one counts. */
export interface RowWrite {
  readonly table: string
  readonly key: string
  readonly row: Row | undefined
  readonly applied: number
  /** Keep a tombstone with `applied` instead of removing the row (inline views). */
  readonly tombstone?: boolean
  /** Lose the unit unless the stored row has applied exactly this (0 = there is no row). */
  readonly guard?: number
}

/** A test of one column; all tests of a query must hold. */
export type ColumnTest =
  | { readonly column: string; readonly is: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: ColumnValue }
  | { readonly column: string; readonly is: 'in'; readonly values: readonly ColumnValue[] }

/** A page of rows, sorted by one column and then by key, or by key alone. */
export interface RowQuery {
  readonly where: readonly ColumnTest[]
  readonly orderBy?: string
  readonly descending?: boolean
  readonly limit: number
  /**
   * The place after which the page begins: the sort column's value (if sorted by one) and the key of the row before.
   */
  readonly after?: { readonly value?: ColumnValue; readonly key: string }
}

/** Tables of rows. Null sorts first. Reads see committed rows only; tombstones are left out except by `get`. */
export interface ViewTables {
  /** Creates the table with its indexes if it is absent. */
  ensure(table: TableSpec): Promise<void>
  drop(name: string): Promise<void>
  get(table: TableSpec, keys: readonly string[]): Promise<readonly StoredRow[]>
  find(table: TableSpec, query: RowQuery): Promise<readonly StoredRow[]>
  count(table: TableSpec, where: readonly ColumnTest[]): Promise<number>
  /** Which of the tables are in a database of their own, and what writes there; units write the others. */
  readonly apart?: ApartRows
}

/**
 * One row as it is to be, if it is still the one that was read. Without a row it becomes a tombstone: whoever has read
 * nothing must not put back what was deleted since.
 */
export interface ApartWrite {
  readonly key: string
  readonly row: Row | undefined
  /** The position of the last event in it. */
  readonly applied: number
  /** The revision that was read; 0 where there was nothing. The row gets the next one. */
  readonly revision: number
}

/** Rows outside of the store. They cannot commit with a position, so each write is one of its own. */
export interface ApartRows {
  /** Whether the rows of this table are there. */
  has(table: string): boolean
  /**
   * Writes rows, each whole or not at all and in no order; answers the keys whose rows were not the ones that were
   * read, which stay as they are. When it rejects, some may be written. Each key once.
   */
  write(table: string, writes: readonly ApartWrite[]): Promise<readonly string[]>
}

/** One generation of a view: a table being built, in use, or left behind. */
export interface ViewBuild {
  readonly view: string
  /** From 1, unique per view. */
  readonly generation: number
  /** The version that the projection declares. */
  readonly version: number
  /** Hash of the declared parts. */
  readonly identity: string
  /** Hash of the handlers' text; only a hint. */
  readonly textHash: string
  readonly state: 'building' | 'active' | 'retired'
  readonly startedAtMs: number
}

/** Which generations of a view exist and which one is read. */
export interface ViewRegistry {
  list(view?: string): Promise<readonly ViewBuild[]>
  /**
   * Begins a generation in state `building`, numbered one above the highest ever used, or answers the one of the same
   * identity that is being built already, so that two processes that start together build one.
   */
  add(build: Omit<ViewBuild, 'generation' | 'state' | 'startedAtMs'>): Promise<ViewBuild>
  /** Makes `to` the active generation if `from` still is (0 = none); the one before becomes `retired`. */
  activate(view: string, from: number, to: number): Promise<boolean>
  /** Notes a new text hash of a generation. */
  note(view: string, generation: number, textHash: string): Promise<void>
  remove(view: string, generation: number): Promise<void>
}
