/**
 * The clock of the server, carried on by the clock of this machine for a while after it was heard, so that not every
 * question costs a round trip. What it says is never ahead of the server: the answer was already on its way.
 */
export class ServerClock {
  readonly #ask: () => Promise<number>
  readonly #trustedMs: number
  #heard: { readonly serverMs: number; readonly atMs: number } | undefined

  constructor(ask: () => Promise<number>, trustedMs: number) {
    this.#ask = ask
    this.#trustedMs = trustedMs
  }

  /** Notes what the server has just said. */
  hear(serverMs: number): void {
    this.#heard = { serverMs, atMs: performance.now() }
  }

  async now(): Promise<number> {
    const heard = this.#heard
    const agoMs = heard === undefined ? Infinity : performance.now() - heard.atMs
    if (heard !== undefined && agoMs < this.#trustedMs) return Math.floor(heard.serverMs + agoMs)
    const serverMs = await this.#ask()
    this.hear(serverMs)
    return serverMs
  }
}
