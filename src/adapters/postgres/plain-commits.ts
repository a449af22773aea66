import type { Committed, Unit } from '../../ports/unit-of-work.ts'
import type { TableFinder } from './batch-rows.ts'
import type { Statements } from './driver.ts'
import { constraintOf } from './faults.ts'
import { FoldedPages } from './folded-pages.ts'
import type { Audience } from './listen.ts'
import { arePagesOf } from './moved-pages.ts'
import { commitNewStreams, makesStream, newStreams } from './new-streams.ts'
import { commitSingle, singleEvent } from './single-append.ts'
import { commitTaken } from './taken-pages.ts'

/** Winners, with the time at which they were recorded. */
export type Recorded = readonly (Committed & { readonly recordedAtMs: number })[]

/** After a batch that was refused, so many are not tried: where callers race for streams the next ones are as well. */
const distrusted = 32

/** Batches of the usual kinds, which one plain statement commits where everything is as the units expect. */
export class PlainCommits {
  readonly #statements: Statements
  readonly #listeners: Audience
  readonly #folded: FoldedPages
  #distrusted = 0

  constructor(statements: Statements, tables: TableFinder, listeners: Audience) {
    this.#statements = statements
    this.#listeners = listeners
    this.#folded = new FoldedPages(statements, tables, listeners)
  }

  /** Undefined, with nothing written, where the batch is of no such kind or something is not as expected. */
  async commit(units: readonly Unit[]): Promise<Recorded | undefined> {
    const single = units.length === 1 ? singleEvent(units[0]!) : undefined
    if (single === undefined && hasPositions(units)) return this.#pages(units)
    try {
      const isNew = single === undefined || makesStream(single.append)
      if (isNew && this.#distrusted > 0) {
        this.#distrusted--
        return undefined
      }
      if (single === undefined) {
        const streams = newStreams(units)
        return streams && (await commitNewStreams(this.#statements, streams, this.#listeners))
      }
      const committed = await commitSingle(this.#statements, single, this.#listeners)
      return committed && [committed]
    } catch (error) {
      if (constraintOf(error) !== 'ew_streams_pkey') throw error
      this.#distrusted = distrusted
      return undefined
    }
  }

  async #pages(units: readonly Unit[]): Promise<Recorded | undefined> {
    const recordedAtMs = await this.#recordedPages(units)
    if (recordedAtMs === undefined) return undefined
    return units.map(() => ({ ok: true, recordedAtMs, appends: [] }))
  }

  async #recordedPages(units: readonly Unit[]): Promise<number | undefined> {
    if (arePagesOf('rows', units)) return this.#folded.commit(units)
    if (!arePagesOf('inbox', units)) return undefined
    try {
      return await commitTaken(this.#statements, units, this.#listeners)
    } catch (error) {
      if (constraintOf(error) !== 'ew_inbox_pk') throw error
      return undefined
    }
  }
}

function hasPositions(units: readonly Unit[]): boolean {
  return (units[0]?.positions?.length ?? 0) > 0
}
