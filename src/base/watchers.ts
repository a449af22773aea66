/** Those who want to be told of something, until they or the owner end it. */
export class Watchers {
  readonly #listeners = new Set<() => void>()
  readonly #ends = new Set<() => void>()
  #closed = false

  /** Adds a listener; `other` is a second source that tells it too and answers its own end. Answers the end of both. */
  add(listener: () => void, other: (listener: () => void) => () => void): () => void {
    if (this.#closed) return () => undefined
    // The same listener twice is two watches.
    const own = (): void => listener()
    this.#listeners.add(own)
    const endOther = other(own)
    const end = (): void => {
      this.#ends.delete(end)
      this.#listeners.delete(own)
      endOther()
    }
    this.#ends.add(end)
    return end
  }

  /** Calls everybody, after what runs now. */
  tell(): void {
    for (const listener of this.#listeners) queueMicrotask(listener)
  }

  /** Ends every watch; later ones end at once. */
  close(): void {
    this.#closed = true
    for (const end of this.#ends) end()
  }
}
