import type { Pool, PoolClient } from 'pg'

/** What nobody has needed while so many were given back goes to the pool, which closes it in its time. */
const round = 256

/** What the types of the driver leave out of a client: whether the process lives on for its sake. */
type Held = PoolClient & { ref(): void; unref(): void }

/**
 * The connections of a pool, the last ones at hand: whoever takes one of the pool waits for a tick and pays for timers
 * and listeners, at every statement.
 */
export class Connections {
  readonly #pool: Pool
  readonly #atHand: Held[] = []
  readonly #broken = new WeakSet<PoolClient>()
  /** How many were at hand at least in this round: so many nobody has needed. */
  #unneeded = 0
  #given = 0
  #isClosing = false

  constructor(pool: Pool) {
    this.#pool = pool
    // A connection that breaks while it is idle is replaced; whoever asks next hears what is wrong.
    pool.on('error', () => undefined)
    // One that breaks between two statements of a transaction is told by the second; unheard, it would end the process.
    pool.on('connect', (client) => client.on('error', () => this.#breaks(client)))
  }

  /** A connection of one's own until it is given back. Rejects with what the driver says. */
  take(): PoolClient | Promise<PoolClient> {
    const client = this.#atHand.pop()
    if (client === undefined) return this.#pool.connect()
    this.#unneeded = Math.min(this.#unneeded, this.#atHand.length)
    client.ref()
    return client
  }

  /** Gives it back; with what has broken it, it is closed. */
  give(client: PoolClient, broken?: Error): void {
    if (broken !== undefined || this.#broken.has(client)) client.release(broken ?? true)
    else if (this.#isClosing || this.#pool.waitingCount > 0) client.release()
    else {
      const held = client as Held
      this.#atHand.push(held)
      // Nothing of a process goes on for the sake of a connection that it does not use.
      held.unref()
      if (++this.#given % round === 0) this.#returnUnneeded()
    }
  }

  /** Waits for those that are taken, then closes all. */
  async close(): Promise<void> {
    this.#isClosing = true
    for (const client of this.#atHand.splice(0)) client.release()
    await this.#pool.end()
  }

  #breaks(client: PoolClient): void {
    this.#broken.add(client)
    const at = this.#atHand.indexOf(client as Held)
    if (at < 0) return
    this.#atHand.splice(at, 1)
    client.release(true)
  }

  #returnUnneeded(): void {
    for (const client of this.#atHand.splice(0, this.#unneeded)) client.release()
    this.#unneeded = this.#atHand.length
  }
}
