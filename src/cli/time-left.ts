/** Over how long it looks back: what went before says little of how fast it goes now. */
const windowMs = 30_000
/** What has moved for less long says nothing yet. */
const leastMs = 1_000

/** Tells how long something takes yet, by how fast it has gone lately. */
export class TimeLeft {
  #seen: readonly { readonly atMs: number; readonly done: number }[] = []

  /** Notes how far it is; answers milliseconds, undefined where it has not moved for long enough, or is done. */
  after(done: number, of: number, nowMs: number): number | undefined {
    const last = this.#seen.at(-1)
    if (last !== undefined && done < last.done) this.#seen = []
    if (last?.done !== done) {
      const recent = this.#seen.findLastIndex(({ atMs }) => atMs <= nowMs - windowMs)
      this.#seen = [...this.#seen.slice(Math.max(0, recent)), { atMs: nowMs, done }]
    }
    const first = this.#seen[0]!
    const [passedMs, moved] = [nowMs - first.atMs, done - first.done]
    if (passedMs < leastMs || moved <= 0 || done >= of) return undefined
    return ((of - done) * passedMs) / moved
  }
}
