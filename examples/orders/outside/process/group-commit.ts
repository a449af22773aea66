import type { DatabaseSync } from 'node:sqlite'

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Commits what came in together in one transaction, so that many requests wait for the disk once. A result is given out
 * after its commit. A work that throws fails its whole transaction: it returns what it refuses.
 */
export class GroupCommit {
  readonly #database: DatabaseSync
  #waiting: Waiting[] = []

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Runs `work` inside the next transaction. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ work, resolve, reject }) === 1) setImmediate(() => this.#commit())
    })
  }

  #commit(): void {
    const together = this.#waiting
    this.#waiting = []
    try {
      this.#database.exec('begin immediate')
      const results = together.map(({ work }) => work())
      this.#database.exec('commit')
      together.forEach(({ resolve }, index) => resolve(results[index] as never))
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback')
      for (const { reject } of together) reject(error)
    }
  }
}
