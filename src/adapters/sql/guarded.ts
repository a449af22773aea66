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
      copy[member] = (async (...args: unknown[]) => {
        if (this.#closed) throw failure('EW_CLOSED', `The store ${this.#name} is closed, and ${member} was called.`)
        const call = method.apply(section, args) as Promise<unknown>
        this.#running.add(call)
        try {
          return await call
        } finally {
          this.#running.delete(call)
        }
      }) as T[keyof T & string]
    }
    return copy
  }

  /** Takes no more calls, and waits for those that are under way. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }
}
