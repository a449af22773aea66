import type { Measured } from '../variant.ts'

/**
 * The course of a fixed piece of work that is done batch by batch. It counts from the end of the first batch, so that
 * what a side does before it begins to work does not matter.
 */
export class Course {
  readonly #all: number
  readonly #end = Promise.withResolvers<Measured>()
  #done = 0
  #first = 0
  #begunMs = 0
  #begunUs = 0

  constructor(all: number) {
    this.#all = all
  }

  /** Resolves when all is done: how many a second, and what each has cost this process. */
  get end(): Promise<Measured> {
    return this.#end.promise
  }

  /** So many more are done. */
  did(count: number): void {
    if (count === 0) return
    this.#done += count
    if (this.#first === 0) {
      this.#first = this.#done
      this.#begunMs = performance.now()
      this.#begunUs = cpuUs()
    }
    if (this.#done > this.#all) this.#end.reject(new Error(`${this.#done} of ${this.#all} were done.`))
    if (this.#done !== this.#all) return
    const counted = this.#all - this.#first
    if (counted === 0) return this.#end.reject(new Error(`All ${this.#all} were one batch.`))
    const details = { cpuUs: (cpuUs() - this.#begunUs) / counted }
    this.#end.resolve({ value: (counted * 1000) / (performance.now() - this.#begunMs), details })
  }
}

/** What this process has used of the processor, in microseconds. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
