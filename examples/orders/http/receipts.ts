import type { Receipt } from 'eventwright'

const most = 10_000

/** The receipts of what this process has accepted lately, so that a reader never meets a view that is behind them. */
export class Receipts {
  readonly #known = new Map<string, Receipt>()

  /** Remembers the receipt of the newest change of a thing; forgets the oldest things. */
  remember(thing: string, receipt: Receipt): void {
    this.#known.delete(thing)
    this.#known.set(thing, receipt)
    const oldest = this.#known.keys().next().value
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest)
  }

  /** How a view of the thing should be read: after its receipt, waiting at most two seconds for it. */
  read(thing: string): { readonly after?: Receipt; readonly timeout: '2s' } {
    const after = this.#known.get(thing)
    return after === undefined ? { timeout: '2s' } : { after, timeout: '2s' }
  }
}
