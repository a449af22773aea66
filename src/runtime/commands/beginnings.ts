/** So many streams in a row must have been new before the next one is taken for new. */
const inARow = 16

/**
 * Which commands begin streams: those that have found none for long. The stream of the next one is taken for new, which
 * saves reading it; its append tells when it was not.
 */
export class Beginnings {
  readonly #streaks = new Map<string, number>()

  /** Whether the stream of such a command is most likely new. */
  isLikely(command: string): boolean {
    return (this.#streaks.get(command) ?? 0) >= inARow
  }

  /** Notes what the stream of a command turned out to be. */
  found(command: string, isNew: boolean): void {
    this.#streaks.set(command, isNew ? (this.#streaks.get(command) ?? 0) + 1 : 0)
  }
}
