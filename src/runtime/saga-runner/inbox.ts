import type { SagaMailRow } from '../../ports/sagas.ts'
import type { TraceContext } from '../../ports/telemetry.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { Performed } from './core.ts'

/** Something that an instance is to be told. */
export interface Item<I> {
  readonly id: string
  readonly input: I
  /** The mail that is used up with it. */
  readonly mail?: SagaMailRow
  readonly origin?: Origin
  readonly cause?: TraceContext
  /** Whether the instance is taken for new, which saves looking for it; its commit tells when it was not. */
  readonly begins?: boolean
  /** What has run here and led to it. */
  readonly performed?: Performed<I>
  /** Does what has run here again, when what it recorded met another writer. */
  again?(): void
}

/** What instances are to be told and have not been told yet, in its order. */
export class Inbox<I> {
  #waiting = new Map<string, Item<I>[]>()

  add(item: Item<I>): void {
    const items = this.#waiting.get(item.id)
    if (items === undefined) this.#waiting.set(item.id, [item])
    else items.push(item)
  }

  has(id: string): boolean {
    return this.#waiting.has(id)
  }

  /** Whether it is to be told what has come of something that ran here. */
  hasOutcome(id: string): boolean {
    return this.#waiting.get(id)?.some(({ performed }) => performed !== undefined) === true
  }

  ids(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  /** Takes everything of the instances that may be worked on; what is not done comes back by `return`. */
  take(mayWork: (id: string) => boolean): readonly (readonly [string, readonly Item<I>[]])[] {
    const taken = [...this.#waiting].filter(([id]) => mayWork(id))
    for (const [id] of taken) this.#waiting.delete(id)
    return taken
  }

  /** Puts back what could not be done, before what has come since. */
  return(id: string, items: readonly Item<I>[]): void {
    if (items.length > 0) this.#waiting.set(id, [...items, ...(this.#waiting.get(id) ?? [])])
  }
}
