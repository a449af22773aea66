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
