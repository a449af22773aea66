/** Runs tasks at the same time, up to a limit; whoever adds one more waits for room. The first failure stops it. */
export class InFlight {
  readonly #limit: number
  readonly #tasks = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Starts the task when there is room. Throws what an earlier task threw. */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.#tasks.size >= this.#limit) await Promise.race(this.#tasks)
    this.#check()
    const running = task()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#tasks.delete(running))
    this.#tasks.add(running)
  }

  /** Waits for all tasks. Throws what the first failed one threw. */
  async all(): Promise<void> {
    await Promise.all(this.#tasks)
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
