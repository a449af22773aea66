import { randomUnit } from '../../base/ids.ts'
import type { Connections } from './open.ts'

// How long others count as writing after a sign of them was seen.
const lastingMs = 250
const turnMs = { least: 1, most: 6 }

/**
 * Whether other processes write to the file. SQLite hands its lock to whoever asks first, so a process that commits
 * back to back starves the others; one that has seen others pauses after its own commit.
 */
export class OtherWriters {
  readonly #connections: Connections
  readonly #now: () => number
  #version: unknown
  #seenMs = -Infinity
  #noticed = 0

  constructor(connections: Connections, now: () => number) {
    this.#connections = connections
    this.#now = now
    this.#version = this.#read()
  }

  /**
   * How often a commit of another process has been noticed; several between two calls count once. The version of the
   * durable connection changes with every commit that it did not make itself, so own commits of the relaxed one are
   * taken out by `ownRelaxedCommit`.
   */
  noticed(): number {
    const version = this.#read()
    if (version !== this.#version) {
      this.#version = version
      this.#seenMs = this.#now()
      this.#noticed++
    }
    return this.#noticed
  }

  /** Must follow every commit of the relaxed connection, before anything else can run. */
  ownRelaxedCommit(): void {
    this.#version = this.#read()
  }

  /** Another process held the lock. */
  busy(): void {
    this.#seenMs = this.#now()
  }

  /** How long to leave the lock to others now: random, so that nobody wins again and again. */
  turnMs(): number {
    if (this.#now() - this.#seenMs > lastingMs) return 0
    return turnMs.least + randomUnit() * (turnMs.most - turnMs.least)
  }

  #read(): unknown {
    return this.#connections.durable.pragma('data_version')
  }
}
