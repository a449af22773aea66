/** Who waits where. */
export class Waits {
  readonly #waiting = new Map<string, Set<string>>()
  readonly #addressOf = new Map<string, string>()

  /** An instance waits at an address, or no more; answers whether that is a new wait. */
  set(id: string, address: string | undefined): boolean {
    const before = this.#addressOf.get(id)
    if (before === address) return false
    if (before !== undefined) this.#leave(id, before)
    if (address === undefined) return false
    this.#addressOf.set(id, address)
    const ids = this.#waiting.get(address)
    if (ids === undefined) this.#waiting.set(address, new Set([id]))
    else ids.add(id)
    return true
  }

  /** Who gets mail of that address: whoever has waited longest. */
  waiterAt(address: string): string | undefined {
    return this.#waiting.get(address)?.values().next().value
  }

  /** Only these wait any more. */
  forgetOthers(isKept: (id: string) => boolean): void {
    for (const [id, address] of this.#addressOf) if (!isKept(id)) this.#leave(id, address)
  }

  #leave(id: string, address: string): void {
    this.#addressOf.delete(id)
    const ids = this.#waiting.get(address)
    ids?.delete(id)
    if (ids?.size === 0) this.#waiting.delete(address)
  }
}
