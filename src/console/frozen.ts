import { newId } from '../base/ids.ts'
import type { Clock } from '../base/clock.ts'
import { RequestRefused } from './problem.ts'

/** Dead letters of a consumer as they were at one time: by key the position of the head. */
export interface FrozenSet {
  readonly consumer: string
  readonly heads: ReadonlyMap<string, number>
}

const lastsMs = 3_600_000
const mostSets = 32
/** So many dead letters may go together. */
export const mostHeads = 200_000

/** Sets of dead letters that a bulk order may name, so that it is about no more than somebody has seen. */
export class Frozen {
  readonly #clock: Clock
  readonly #sets = new Map<string, FrozenSet & { readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Keeps a set for an hour, or until too many came after it. Refused where it is too large. */
  keep(set: FrozenSet): string {
    if (set.heads.size > mostHeads)
      throw new RequestRefused('too_large', `At most ${mostHeads} dead letters go together; choose fewer.`)
    const id = newId()
    this.#sets.set(id, { ...set, untilMs: this.#clock.now() + lastsMs })
    let kept = [...this.#sets.values()].reduce((sum, { heads }) => sum + heads.size, 0)
    for (const [old, { heads, untilMs }] of this.#sets) {
      const isFine = this.#sets.size <= mostSets && kept <= mostHeads && untilMs > this.#clock.now()
      if (isFine || old === id) continue
      this.#sets.delete(old)
      kept -= heads.size
    }
    return id
  }

  /** Refuses a set that is not kept any more. */
  get(id: string): FrozenSet {
    const found = this.#sets.get(id)
    if (found !== undefined && found.untilMs > this.#clock.now()) return found
    throw new RequestRefused('not_found', 'What was chosen is not kept any more; choose again.')
  }
}
