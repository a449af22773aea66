import { errorText } from '../../base/error-text.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Row, StoredRow, TableSpec } from '../../ports/views.ts'
import type { LogEvent } from '../log/event.ts'
import { rowDifferences, sameRow, type FieldDifference } from './row-difference.ts'
import { foldRow } from './row-folding.ts'

/** What rows of one view are folded and compared by. */
export interface RowRules {
  readonly projection: AnyProjection
  readonly table: TableSpec
  /** A row as a unit writes it. */
  stored(row: Row): Row
}

/** In what a stored row differs from the replay of its events. */
export interface RowDifference {
  /**
   * Other values; a row that is not there; one that should not be; right values that say they have applied other
   * events; or the replay of its events fails although the key is not parked.
   */
  readonly kind: 'values' | 'missing' | 'surplus' | 'applied' | 'replay fails'
  readonly fields: readonly FieldDifference[]
  /** Why the replay fails. */
  readonly why?: string
}

/**
 * The row of a key as it was read, beside the replay of its events. It was read while its bucket stood somewhere
 * between two positions, so it must be what its events up to the first give, or those up to one between them.
 */
export class CheckedKey {
  readonly key: string
  matches = false
  /** What its replay fails by; undefined while it does not. */
  failure: unknown
  readonly #stored: StoredRow | undefined
  #row: Row | undefined
  #applied = 0
  #isOpen = false
  /** What the replay gives where the row says it stands, else where it may stand first. */
  #asStored: { readonly row: Row | undefined } | undefined
  #first: Row | undefined

  constructor(key: string, stored: StoredRow | undefined) {
    this.key = key
    this.#stored = stored
  }

  /** What the replay has made so far. */
  get row(): Row | undefined {
    return this.#row
  }

  /** The next of its events. `bound` is the position that its bucket had reached before the row was read. */
  feed(rules: RowRules, event: LogEvent, bound: number): void {
    if (event.position > bound) this.#open(rules)
    if (this.matches || this.failure !== undefined) return
    try {
      this.#row = foldRow(rules.projection, this.key, this.#row, event, [])
    } catch (error) {
      return this.fail(error)
    }
    this.#applied = isInline(rules) ? event.meta.version : event.position
    if (this.#applied === this.#stored?.applied) this.#asStored = { row: this.#row }
    if (event.position > bound) this.#compare(rules)
  }

  /** Ends the replay: an event cannot be applied. */
  fail(error: unknown): void {
    if (!this.matches) this.failure ??= error ?? new Error('no reason given')
  }

  /** To be called when there are no more events. */
  end(rules: RowRules): void {
    if (this.failure === undefined) this.#open(rules)
  }

  /** What is wrong with a row that does not match. */
  difference({ table, stored }: RowRules): RowDifference {
    if (this.failure !== undefined) return { kind: 'replay fails', fields: [], why: errorText(this.failure) }
    const expected = this.#asStored === undefined ? this.#first : this.#asStored.row
    const replayed = expected && stored(expected)
    const found = this.#stored?.row
    const fields = rowDifferences(table.columns, found, replayed)
    if (found === undefined && replayed !== undefined) return { kind: 'missing', fields }
    if (found !== undefined && replayed === undefined) return { kind: 'surplus', fields }
    if (fields.length > 0) return { kind: 'values', fields }
    const applied = { field: 'applied', stored: String(this.#stored?.applied ?? 0), replayed: String(this.#applied) }
    return { kind: 'applied', fields: [applied] }
  }

  #open(rules: RowRules): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#first = this.#row
    this.#compare(rules)
  }

  #compare(rules: RowRules): void {
    const { table, stored } = rules
    // By what an inline row says it has applied its next event is chosen, so that must be right as well.
    if (isInline(rules) && this.#stored !== undefined && this.#stored.applied !== this.#applied) return
    if (sameRow(table.columns, this.#stored?.row, this.#row && stored(this.#row))) this.matches = true
  }
}

function isInline({ projection }: RowRules): boolean {
  return projection.mode === 'inline'
}
