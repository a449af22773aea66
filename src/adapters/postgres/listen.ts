import type { Client } from 'pg'
import type { Backoff } from '../../base/backoff.ts'
import { systemClock } from '../../base/clock.ts'
import { keptRunning } from '../../base/kept-running.ts'
import { quotedName } from '../sql/dialect.ts'
import { clientConfig, loadDriver } from './connect.ts'
import type { DriverOptions } from './settings.ts'

const pauses: Backoff = { firstMs: 50, factor: 2, maxMs: 5_000, jitter: 0.5 }

/** What is said on a channel: who has committed, who has begun to listen, who has ended that. */
const begins = '+'
const ends = '-'

/** Whom a commit is told, and by whom. */
export interface Audience {
  /** Where it has to be said; null where nobody else would hear it. */
  channel(): string | null
  readonly origin: string
}

/**
 * Who listens to the commits of a store, as far as it is known here. Whoever listens says so, and is answered by those
 * who did already. So a process that hears nobody else need not notify anybody, which would cost it as much as a small
 * commit: the server would wake its own connection. One that ends without a word only makes others speak in vain.
 */
export class Listeners implements Audience {
  readonly #channel: string
  /** Names this process in what it says. */
  readonly origin: string
  readonly #others = new Set<string>()
  readonly #turns = new WeakMap<Client, Promise<unknown>>()
  #hears = false

  constructor(channel: string, origin: string) {
    this.#channel = channel
    this.origin = origin
  }

  /** Where a commit has to be told; null where nobody else would hear it. */
  channel(): string | null {
    return this.#hears && this.#others.size === 0 ? null : this.#channel
  }

  /** All who listen, this process too: for commits of which nobody here learns when they happen. */
  everybody(): Audience {
    return { channel: () => this.#channel, origin: 'within' }
  }

  /**
   * Calls back when another process has committed, and each time the connection was made anew, since what was said
   * meanwhile is lost. While it is away others find what there is by themselves. Answers what ends it.
   */
  listen(options: DriverOptions, listener: () => void): () => void {
    const stop = new AbortController()
    let client: Client | undefined
    const once = async (): Promise<void> => {
      const { Client } = await loadDriver()
      const opened = (client = new Client({ ...clientConfig(options), statement_timeout: 0 }))
      const broken = new Promise<void>((resolve) => {
        opened.on('error', () => resolve())
        opened.on('end', () => resolve())
      })
      opened.on('notification', ({ payload = '' }) => {
        if (this.#hear(payload, opened)) listener()
      })
      try {
        await opened.connect()
        await this.#ask(opened, `listen ${quotedName(this.#channel)}`)
        if (stop.signal.aborted) return
        this.#others.clear()
        await this.#say(opened, begins)
        this.#hears = true
        listener()
        await broken
      } finally {
        this.#hears = false
        await opened.end().catch(() => undefined)
      }
    }
    void keptRunning(once, pauses, systemClock, stop.signal)
    return () => {
      stop.abort()
      const leaving = client
      if (leaving !== undefined)
        void this.#say(leaving, ends)
          .catch(() => undefined)
          .then(() => leaving.end())
          .catch(() => undefined)
    }
  }

  /** Whether it is the commit of another. */
  #hear(payload: string, client: Client): boolean {
    const [sign, who] = [payload.slice(0, 1), payload.slice(1)]
    if (sign !== begins && sign !== ends) return payload !== this.origin
    if (sign === ends) this.#others.delete(who)
    else if (who !== this.origin && !this.#others.has(who)) {
      this.#others.add(who)
      void this.#say(client, begins).catch(() => undefined)
    }
    return false
  }

  async #say(client: Client, sign: string): Promise<void> {
    await this.#ask(client, 'select pg_notify($1, $2)', [this.#channel, sign + this.origin])
  }

  /** One statement after the other: the driver is about to refuse what comes while another is under way. */
  #ask(client: Client, text: string, values: readonly string[] = []): Promise<unknown> {
    const turn = (this.#turns.get(client) ?? Promise.resolve()).then(() => client.query(text, [...values]))
    this.#turns.set(
      client,
      turn.catch(() => undefined),
    )
    return turn
  }
}
