import { failure } from '../../base/errors.ts'

const synchronous: ReadonlySet<string> = new Set(['close', 'watch', 'turnMs', 'prepare'])

/** What is being called on a store, and whether it is still open for more. */
export class OpenCalls {
  readonly #name: string
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(name: string) {
    this.#name = name
  }

  /** The section of a store with methods that reject by EW_CLOSED once it is closed. */
  guard<T extends object>(section: T): T {
    const copy = { ...section }
    for (const member of Object.keys(section) as (keyof T & string)[]) {
      const method = section[member]
      if (typeof method !== 'function' || synchronous.has(member)) continue
      copy[member] = ((...args: unknown[]) => this.#called(member, () => method.apply(section, args))) as never
    }
    return copy
  }

  /** The promise of the call itself, so that nobody waits longer for it than he must. */
  #called(member: string, call: () => Promise<unknown>): Promise<unknown> {
    if (this.#closed)
      return Promise.reject(failure('EW_CLOSED', `The store ${this.#name} is closed, and ${member} was called.`))
    try {
      const called = call()
      const over = (): void => void this.#running.delete(called)
      this.#running.add(called)
      called.then(over, over)
      return called
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** Takes no more calls, and waits for those that are under way. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }
}
