/** Those who want to be told of something, until they or the owner end it. */
export class Watchers {
  readonly #listeners = new Set<() => void>()
  #endOther: (() => void) | undefined
  #closed = false

  /**
   * Adds a listener; answers its end. `other` is a second source, which answers its own end: one for all of them, which
   * runs while somebody listens. Were there one for each, all would be told at different times.
   */
  add(listener: () => void, other: (listener: () => void) => () => void): () => void {
    if (this.#closed) return () => undefined
    this.#endOther ??= other(() => this.tell())
    // The same listener twice is two watches.
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.#end()
    }
  }

  /**
   * Calls everybody, after what runs now: one after the other in the order in which they came, before anything that
   * they set off. Whoever throws holds up nobody else; nothing catches that.
   */
  tell(): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener()
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
