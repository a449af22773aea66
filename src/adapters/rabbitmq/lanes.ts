/**
 * Which exchanges have taken a message since a connection was made. A server that has just started can refuse a message
 * and take the one behind it, which would turn the two around: until an exchange has taken one, messages go there one
 * at a time.
 */
export class Lanes {
  readonly #open = new Set<string>()
  readonly #tried = new Map<string, PromiseWithResolvers<void>>()

  /** Resolves when the one message that is on its way to this exchange has its answer; undefined if none waits. */
  waiting(exchange: string): Promise<void> | undefined {
    return this.#tried.get(exchange)?.promise
  }

  begin(exchange: string): void {
    if (!this.#open.has(exchange)) this.#tried.set(exchange, Promise.withResolvers<void>())
  }

  /** Of every message that was begun, with whether it is where it should be. */
  end(exchange: string, taken: boolean): void {
    if (taken) this.#open.add(exchange)
    else this.#open.delete(exchange)
    this.#tried.get(exchange)?.resolve()
    this.#tried.delete(exchange)
  }
}
