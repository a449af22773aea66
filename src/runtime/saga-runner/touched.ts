import type { Unit } from '../../ports/unit-of-work.ts'

/**
 * What units have written that were worked out without each other. They can commit together where none of them rests on
 * a row, or on a stream at an exact version, that another one writes.
 */
export class Touched {
  readonly #streams = new Set<string>()
  readonly #rows = new Set<string>()

  /** Takes a unit in; answers false, with nothing noted, where it meets one of those before it. */
  take({ appends = [], rows = [] }: Pick<Unit, 'appends' | 'rows'>): boolean {
    for (const { stream, expected } of appends) if (expected !== 'any' && this.#streams.has(stream)) return false
    const keys = rows.map(({ table, key }) => JSON.stringify([table, key]))
    for (const key of keys) if (this.#rows.has(key)) return false
    for (const { stream } of appends) this.#streams.add(stream)
    for (const key of keys) this.#rows.add(key)
    return true
  }
}
