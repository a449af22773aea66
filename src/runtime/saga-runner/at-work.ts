/** What has begun beside the rounds and has not ended. What a lost bucket has begun is nobody's any more. */
export class AtWork {
  readonly #counts = new Map<AbortSignal, number>()

  /** Notes the beginning of something for a bucket, by its signal; answers what notes the end. */
  begin(held: AbortSignal): () => void {
    this.#counts.set(held, (this.#counts.get(held) ?? 0) + 1)
    return () => {
      const left = this.#counts.get(held)! - 1
      if (left === 0) this.#counts.delete(held)
      else this.#counts.set(held, left)
    }
  }

  isOn(held: AbortSignal): boolean {
    return this.#counts.has(held)
  }

  get isAny(): boolean {
    return [...this.#counts.keys()].some((held) => !held.aborted)
  }
}
