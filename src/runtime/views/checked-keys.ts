import { compareText } from '../../base/row-value.ts'
import { bucketOfKey } from '../../ports/ownership.ts'
import type { StoredRow } from '../../ports/views.ts'
import type { LogEvent } from '../log/event.ts'
import { bytesOfValue } from '../commits/unit-check.ts'
import { CheckedKey, type RowRules } from './checked-key.ts'
import { keysOf } from './row-folding.ts'

/** Between what positions the rows were read. */
export interface RowBounds {
  /** Where each bucket stood before, and where after. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Up to where events may be in a row. */
  readonly to: number
}

/** Keys in the order of their names: behind one, up to another; undefined is the end. */
export interface KeyRange {
  readonly behind: string | undefined
  readonly upTo: string | undefined
}

const keyBytes = 500
// Objects take about twice as much as what is in them.
const bytesOf = (value: unknown): number => 2 * bytesOfValue(value)

/** The rows that are compared in one turn: those of some keys, or of a range that shrinks to what memory allows. */
export class CheckedKeys {
  readonly #rules: RowRules
  readonly #mostBytes: number
  readonly #keys = new Map<string, CheckedKey>()
  #range: KeyRange | undefined
  #bytes = 0

  /** Without a range it is only keys that are added. */
  constructor(rules: RowRules, mostBytes: number, range?: KeyRange) {
    this.#rules = rules
    this.#mostBytes = mostBytes
    this.#range = range
  }

  get size(): number {
    return this.#keys.size
  }

  /** What of the range is left in it; undefined where there is none. */
  get range(): KeyRange | undefined {
    return this.#range
  }

  /** Whether no more rows should be read: the replay takes as much again. */
  get isHalfFull(): boolean {
    return this.#bytes >= this.#mostBytes / 2
  }

  add(key: string, stored: StoredRow | undefined): CheckedKey {
    const checked = new CheckedKey(key, stored)
    this.#keys.set(key, checked)
    this.#bytes += keyBytes + bytesOf(key) + bytesOf(stored?.row)
    return checked
  }

  /** Leaves what is behind a key to a later turn. */
  endAt(upTo: string): void {
    if (this.#range !== undefined) this.#range = { ...this.#range, upTo }
  }

  /** The next event of the log; answers the keys among these that it is of. */
  feed(event: LogEvent, bounds: RowBounds): readonly string[] {
    const { projection } = this.#rules
    if (event.deleted || event.position > bounds.to || projection.on[event.type] === undefined) return []
    let keys: readonly string[]
    let failure: unknown
    try {
      keys = keysOf(projection, event)
    } catch (error) {
      // As its consumer does: it is worked on, and fails, under the name of its stream.
      keys = [event.meta.stream]
      failure = error
    }
    return keys.filter((key) => this.#feed(key, event, bounds, failure))
  }

  /** Ends the replay; answers the keys whose rows are not what it gives. */
  end(): readonly CheckedKey[] {
    for (const key of this.#keys.values()) key.end(this.#rules)
    return [...this.#keys.values()].filter((key) => !key.matches)
  }

  #feed(key: string, event: LogEvent, { before, after }: RowBounds, failure: unknown): boolean {
    const checked = this.#keys.get(key) ?? (this.#isInRange(key) ? this.add(key, undefined) : undefined)
    if (checked === undefined) return false
    const bucket = bucketOfKey(key, before.length)
    // Commands write inline rows, so nothing of their buckets bounds those.
    if (this.#rules.projection.mode !== 'inline' && event.position > after[bucket]!) return false
    const isFirst = checked.row === undefined
    if (failure === undefined) checked.feed(this.#rules, event, before[bucket]!)
    else checked.fail(failure)
    // The first row says how large the others are about to be; to measure each would cost as much as the replay.
    if (isFirst) this.#bytes += bytesOf(checked.row)
    if (this.#bytes > this.#mostBytes) this.#narrow()
    return true
  }

  /** Leaves the upper half of the keys to a later turn. */
  #narrow(): void {
    if (this.#range === undefined || this.#keys.size < 2) return
    const keys = [...this.#keys.keys()].sort(compareText)
    const kept = keys.length >> 1
    for (const key of keys.slice(kept)) this.#keys.delete(key)
    this.endAt(keys[kept - 1]!)
    this.#bytes *= kept / keys.length
  }

  #isInRange(key: string): boolean {
    const range = this.#range
    if (range === undefined) return false
    if (range.behind !== undefined && compareText(key, range.behind) <= 0) return false
    return range.upTo === undefined || compareText(key, range.upTo) <= 0
  }
}
