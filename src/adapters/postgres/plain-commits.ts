import type { Committed, Unit } from '../../ports/unit-of-work.ts'
import type { Statements } from './driver.ts'
import { constraintOf } from './faults.ts'
import type { Audience } from './listen.ts'
import { commitNewStreams, makesStream, newStreams } from './new-streams.ts'
import { commitSingle, singleEvent } from './single-append.ts'
import { arePages, commitPages } from './taken-pages.ts'

/** Winners, with the time at which they were recorded. */
export type Recorded = readonly (Committed & { readonly recordedAtMs: number })[]

/** After a batch that was refused, so many are not tried: where callers race for streams the next ones are as well. */
const distrusted = 32

/** Batches of the usual kinds, which one plain statement commits where everything is as the units expect. */
export class PlainCommits {
  readonly #statements: Statements
  readonly #listeners: Audience
  #distrusted = 0

  constructor(statements: Statements, listeners: Audience) {
    this.#statements = statements
    this.#listeners = listeners
  }

  /** Undefined, with nothing written, where the batch is of no such kind or something is not as expected. */
  async commit(units: readonly Unit[]): Promise<Recorded | undefined> {
    const single = units.length === 1 ? singleEvent(units[0]!) : undefined
    if (single === undefined && arePages(units)) return this.#pages(units)
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
    try {
      return await commitPages(this.#statements, units, this.#listeners)
    } catch (error) {
      if (constraintOf(error) !== 'ew_inbox_pk') throw error
      return undefined
    }
  }
}
