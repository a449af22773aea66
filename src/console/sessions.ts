import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { Role } from './wire.ts'

/** Who asks, and what he may do. */
export interface Viewer {
  readonly who: string
  readonly role: Role
  /** What is marked `pii()` is shown to him as it is; default: masked. */
  readonly seesPersonalData?: boolean
}

interface Session {
  readonly viewer: Viewer
  readonly untilMs: number
}

const lastsMs = 12 * 3_600_000
const mostSessions = 1_000

/**
 * Sessions of browsers, in memory. A token is exchanged for one: a token that was made here once, one that the host has
 * set as often as it comes.
 */
export class Sessions {
  readonly #clock: Clock
  readonly #byHash = new Map<string, Session>()
  readonly #isOnce: boolean
  #token: Buffer | undefined
  /** What is exchanged. */
  readonly token: string

  /** `token`: undefined makes one. */
  constructor(clock: Clock, token: string | undefined) {
    this.#clock = clock
    this.#isOnce = token === undefined
    this.token = token ?? randomBytes(24).toString('base64url')
    this.#token = hashOf(this.token)
  }

  /** A session for a token; undefined for another one, or one that is used up. */
  exchange(token: string, viewer: Viewer): { readonly id: string; readonly lastsMs: number } | undefined {
    if (this.#token === undefined || !timingSafeEqual(hashOf(token), this.#token)) return undefined
    if (this.#isOnce) this.#token = undefined
    const id = randomBytes(32).toString('base64url')
    this.#drop()
    this.#byHash.set(nameOf(id), { viewer, untilMs: this.#clock.now() + lastsMs })
    return { id, lastsMs }
  }

  /** Who has a session; undefined where nobody has it any more. */
  viewerOf(id: string): Viewer | undefined {
    const session = this.#byHash.get(nameOf(id))
    return session !== undefined && session.untilMs > this.#clock.now() ? session.viewer : undefined
  }

  /** Ends a session. */
  end(id: string): void {
    this.#byHash.delete(nameOf(id))
  }

  #drop(): void {
    const nowMs = this.#clock.now()
    for (const [name, { untilMs }] of this.#byHash) if (untilMs <= nowMs) this.#byHash.delete(name)
    while (this.#byHash.size >= mostSessions) this.#byHash.delete(this.#byHash.keys().next().value!)
  }
}

/** A look at a map by the hash of a secret takes no longer for one that is nearly right. */
function nameOf(id: string): string {
  return hashOf(id).toString('base64')
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
