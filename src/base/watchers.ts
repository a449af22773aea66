/** Those who want to be told of something, until they or the owner end it. */
export class Watchers<T = never> {
  readonly #listeners = new Set<(what?: T) => void>()
  #endOther: (() => void) | undefined
  #closed = false

  /**
   * Adds a listener; answers its end. `other` is a second source, which answers its own end: one for all of them, which
   * runs while somebody listens. Were there one for each, all would be told at different times.
   */
  add(listener: (what?: T) => void, other: (listener: () => void) => () => void): () => void {
    if (this.#closed) return () => undefined
    this.#endOther ??= other(() => this.tell())
    // The same listener twice is two watches.
    const own = (what?: T): void => listener(what)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.#end()
    }
  }

  /**
   * Calls everybody, after what runs now: one after the other in the order in which they came, before anything that
   * they set off. Whoever throws holds up nobody else; nothing catches that. `what`: more about it, where that is known.
   */
  tell(what?: T): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener(what)
      })
    }
  }

  /** Ends every watch; later ones end at once. */
  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#end()
  }

  #end(): void {
    this.#endOther?.()
    this.#endOther = undefined
  }
}
