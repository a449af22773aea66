import { compareOf, compareText, tupleOf, valueIn, type CompareValues, type ValueKind } from './row-value.ts'
import { SortedList } from './sorted-list.ts'

/** What a table must know of a column. */
export interface RowColumn {
  readonly name: string
  readonly kind: ValueKind
}

/** The shape of a table in memory. */
export interface RowTableShape {
  readonly columns: readonly RowColumn[]
  readonly indexes: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
}

/** The values of a row by column name. */
export type RowValues = Readonly<Record<string, unknown>>

/** A row with its key; without values it is a tombstone. `applied` belongs to the writer. */
export interface RowEntry {
  readonly key: string
  readonly row: RowValues | undefined
  readonly applied: number
}

/** A test of one column. Null equals null; a comparison with null, or of a null, never holds. */
export type RowTest =
  | { readonly column: string; readonly is: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: unknown }
  | { readonly column: string; readonly is: 'in'; readonly values: readonly unknown[] }

/**
 * A page of rows, in the order of one column and then of the key, or of the key alone; `descending` turns both round.
 */
export interface RowPage {
  readonly where: readonly RowTest[]
  readonly orderBy?: string
  readonly descending?: boolean
  readonly limit: number
  readonly after?: { readonly value?: unknown; readonly key: string }
}

/**
 * Rows in memory with the order, paging, filtering and unique lookups that the tables of databases have.
 * Knows nothing of where its rows come from. It keeps the objects that it is given: whoever shares them copies them.
 */
export class RowTable {
  readonly shape: RowTableShape
  readonly #entries = new Map<string, RowEntry>()
  readonly #byKey = new SortedList<RowEntry>((a, b) => compareText(a.key, b.key))
  readonly #byColumn = new Map<string, SortedList<RowEntry>>()
  readonly #compare: ReadonlyMap<string, CompareValues>
  readonly #leading: ReadonlySet<string | undefined>
  readonly #holders: readonly { readonly columns: readonly string[]; readonly keys: Map<string, string> }[]

  constructor(shape: RowTableShape) {
    this.shape = shape
    this.#compare = new Map(shape.columns.map(({ name, kind }) => [name, compareOf(kind)]))
    this.#leading = new Set([...shape.indexes, ...shape.unique].map((columns) => columns[0]))
    this.#holders = shape.unique.map((columns) => ({ columns, keys: new Map() }))
  }

  /** How many rows there are, without tombstones. */
  get size(): number {
    return this.#byKey.size
  }

  /** The row or tombstone with the key. */
  get(key: string): RowEntry | undefined {
    return this.#entries.get(key)
  }

  /** Adds or replaces a row or a tombstone. Unique columns are not checked here: ask `holder` first. */
  set(entry: RowEntry): void {
    this.delete(entry.key)
    this.#entries.set(entry.key, entry)
    if (entry.row === undefined) return
    this.#byKey.add(entry)
    for (const list of this.#byColumn.values()) list.add(entry)
    for (const { columns, keys } of this.#holders) {
      const tuple = tupleOf(entry.row, columns)
      if (tuple !== undefined) keys.set(tuple, entry.key)
    }
  }

  /** Removes the row or tombstone with the key, if there is one. */
  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    if (entry.row === undefined) return
    this.#byKey.remove(entry)
    for (const list of this.#byColumn.values()) list.remove(entry)
    for (const { columns, keys } of this.#holders) {
      const tuple = tupleOf(entry.row, columns)
      if (tuple !== undefined && keys.get(tuple) === key) keys.delete(tuple)
    }
  }

  /** The key of the row that has the values of `row` in `columns`, which must be one of the unique sets. */
  holder(columns: readonly string[], row: RowValues): string | undefined {
    const tuple = tupleOf(row, columns)
    if (tuple === undefined) return undefined
    return this.#holders.find((unique) => sameNames(unique.columns, columns))?.keys.get(tuple)
  }

  /** One page of rows, tombstones left out. */
  find(page: RowPage): readonly RowEntry[] {
    const pinned = this.#pinned(page.where)
    if (pinned !== undefined && page.orderBy !== undefined && page.orderBy !== pinned.column) {
      const order = this.#order(page)
      const rows = [...this.#equalTo(pinned)].filter(
        (entry) => this.#holds(entry, page.where) && isBeyond(entry, page, order),
      )
      return rows.sort(order).slice(0, page.limit)
    }
    const found: RowEntry[] = []
    if (page.limit <= 0) return found
    for (const entry of this.#walk(page, pinned)) {
      if (!this.#holds(entry, page.where)) continue
      found.push(entry)
      if (found.length >= page.limit) break
    }
    return found
  }

  /** How many rows pass the tests. */
  count(where: readonly RowTest[]): number {
    if (where.length === 0) return this.size
    const pinned = this.#pinned(where)
    let count = 0
    for (const entry of pinned === undefined ? this.#byKey.ascending() : this.#equalTo(pinned)) {
      if (this.#holds(entry, where)) count++
    }
    return count
  }

  /** Every row and tombstone, in no order. */
  entries(): IterableIterator<RowEntry> {
    return this.#entries.values()
  }

  /** Candidates in the page's order, from behind its `after`; they end where the pinned value does. */
  *#walk(page: RowPage, pinned: Pinned | undefined): Generator<RowEntry, void, undefined> {
    const column = pinned?.column ?? page.orderBy
    const list = column === undefined ? this.#byKey : this.#sortedBy(column)
    const bound = page.after === undefined ? undefined : boundOf(page.after, page.orderBy, pinned)
    if (pinned === undefined) return yield* this.#from(list, column, bound, page.descending)
    const compare = this.#comparer(column)
    const ahead = bound === undefined ? 0 : compare(valueIn(bound.row, pinned.column), pinned.value)
    if (page.descending === true ? ahead < 0 : ahead > 0) return
    const start =
      bound === undefined || ahead !== 0
        ? this.#fromValue(list, pinned, page.descending === true)
        : this.#from(list, column, bound, page.descending)
    for (const entry of start) {
      if (compare(valueIn(entry.row, pinned.column), pinned.value) !== 0) return
      yield entry
    }
  }

  #from(
    list: SortedList<RowEntry>,
    column: string | undefined,
    bound: RowEntry | undefined,
    descending = false,
  ): Iterable<RowEntry> {
    const order = orderOf(column, this.#comparer(column))
    if (descending) return list.descending(bound && ((entry) => order(entry, bound) >= 0))
    return list.ascending(bound && ((entry) => order(entry, bound) <= 0))
  }

  #equalTo(pinned: Pinned): Generator<RowEntry, void, undefined> {
    return this.#walk({ where: [], limit: 1 }, pinned)
  }

  #fromValue(list: SortedList<RowEntry>, { column, value }: Pinned, descending: boolean): Iterable<RowEntry> {
    const compare = this.#comparer(column)
    return descending
      ? list.descending((entry) => compare(valueIn(entry.row, column), value) > 0)
      : list.ascending((entry) => compare(valueIn(entry.row, column), value) < 0)
  }

  /** An equality whose column leads an index: the only rows that need a look. */
  #pinned(where: readonly RowTest[]): Pinned | undefined {
    const test = where.find(({ is, column }) => is === 'eq' && this.#leading.has(column))
    return test === undefined || test.is === 'in' ? undefined : { column: test.column, value: test.value }
  }

  #holds(entry: RowEntry, where: readonly RowTest[]): boolean {
    return where.every((test) => passes(valueIn(entry.row, test.column), test, this.#comparer(test.column)))
  }

  #order(page: RowPage): (a: RowEntry, b: RowEntry) => number {
    const order = orderOf(page.orderBy, this.#comparer(page.orderBy))
    return page.descending === true ? (a, b) => order(b, a) : order
  }

  #comparer(column: string | undefined): CompareValues {
    return (column === undefined ? undefined : this.#compare.get(column)) ?? (() => 0)
  }

  #sortedBy(column: string): SortedList<RowEntry> {
    let list = this.#byColumn.get(column)
    if (list === undefined) {
      list = new SortedList(orderOf(column, this.#comparer(column)))
      for (const entry of this.#byKey.ascending()) list.add(entry)
      this.#byColumn.set(column, list)
    }
    return list
  }
}

interface Pinned {
  readonly column: string
  readonly value: unknown
}

function orderOf(column: string | undefined, compare: CompareValues): (a: RowEntry, b: RowEntry) => number {
  if (column === undefined) return (a, b) => compareText(a.key, b.key)
  return (a, b) => compare(valueIn(a.row, column), valueIn(b.row, column)) || compareText(a.key, b.key)
}

/** The place after which a page begins, as an entry that the list's own order can compare. */
function boundOf(
  after: NonNullable<RowPage['after']>,
  orderBy: string | undefined,
  pinned: Pinned | undefined,
): RowEntry {
  const column = pinned?.column ?? orderBy
  const value = orderBy === undefined ? pinned?.value : after.value
  return { key: after.key, row: column === undefined ? {} : { [column]: value }, applied: 0 }
}

function isBeyond(entry: RowEntry, page: RowPage, order: (a: RowEntry, b: RowEntry) => number): boolean {
  if (page.after === undefined || page.orderBy === undefined) return true
  return order(entry, { key: page.after.key, row: { [page.orderBy]: page.after.value }, applied: 0 }) > 0
}

/** Whether a value passes a test of its column; `compare` is the order of the column's kind. */
export function passes(value: unknown, test: RowTest, compare: CompareValues): boolean {
  if (test.is === 'in') return test.values.some((each) => compare(value, each) === 0)
  if (test.is === 'eq') return compare(value, test.value) === 0
  if (value === null || value === undefined || test.value === null || test.value === undefined) return false
  const order = compare(value, test.value)
  switch (test.is) {
    case 'gt':
      return order > 0
    case 'gte':
      return order >= 0
    case 'lt':
      return order < 0
    case 'lte':
      return order <= 0
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index])
}
