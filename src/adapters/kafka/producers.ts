import type { Link } from './link.ts'
import { patiently } from './patience.ts'

/** What a broker knows a producer by, so that what is sent twice is stored once. */
export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

/** The identity that new partitions begin with; one that a broker does not know any more is replaced. */
export class Producers {
  readonly #link: Link
  #current: Promise<ProducerIdentity> | undefined

  constructor(link: Link) {
    this.#link = link
  }

  current(patienceMs: number): Promise<ProducerIdentity> {
    if (this.#current === undefined) {
      const made = (this.#current = patiently(patienceMs, async () => {
        const answer = await this.#link.call(undefined, 'sends', 'initProducerId', null, 60_000, -1n, -1)
        return { id: answer.producerId, epoch: answer.producerEpoch }
      }))
      made.catch(() => this.#replace(made))
    }
    return this.#current
  }

  /** The identity is of no use any more, for the partition that says so and for whoever begins anew. */
  async renew(old: ProducerIdentity): Promise<void> {
    const current = this.#current
    if (current === undefined) return
    const known = await current.catch(() => undefined)
    if (known?.id === old.id) this.#replace(current)
  }

  #replace(current: Promise<ProducerIdentity>): void {
    if (this.#current === current) this.#current = undefined
  }
}
