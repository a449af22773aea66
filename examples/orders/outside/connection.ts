import { setTimeout as sleep } from 'node:timers/promises'
import { findParty, request, type PartyPlace } from './find-party.ts'
import { OutsideError } from './outside-error.ts'
import type { Address } from './party-file.ts'
import { told } from './told.ts'

/** How long an answer may take. */
export interface AskOptions {
  readonly signal?: AbortSignal
  /** Default 5,000; starting the party counts. */
  readonly timeoutMs?: number
}

/** What a party answered. */
export interface PartyAnswer {
  readonly status: number
  readonly body: any
}

/**
 * The way to a party: follows it to its new port when it was started again, and starts it when it has died, whether
 * somebody asks just then or not.
 */
export class PartyConnection {
  readonly place: PartyPlace
  readonly #closing = new AbortController()
  #address: Address | undefined
  #finding: Promise<Address> | undefined

  constructor(place: PartyPlace) {
    this.place = place
  }

  /**
   * Finds the party or starts it, and looks after it from then on. One that is there and silent is waited for by
   * whoever asks it something. Error: `OutsideError` `outside_cannot_start`.
   */
  async open(): Promise<void> {
    await this.#find().catch((error: unknown) => {
      if (!(error instanceof OutsideError && error.retryable)) throw error
    })
    void this.#watch()
  }

  /**
   * Asks, and asks again while the connection breaks: every request carries a key, so a repeat does nothing twice.
   * Errors: `OutsideError`, except `outside_refused` and `outside_unavailable`; the reason of the caller's `signal`.
   */
  ask(method: 'GET' | 'POST', path: string, body?: object, options: AskOptions = {}): Promise<PartyAnswer> {
    if (method === 'GET') return this.#ask(method, path, body, options)
    return told(`${method} ${this.place.kind}${path}`, () => this.#ask(method, path, body, options))
  }

  /** Ends what is being asked. The party lives on for others. */
  close(): void {
    this.#closing.abort()
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    options: AskOptions,
  ): Promise<PartyAnswer> {
    const { signal, timeoutMs = defaultMs } = options
    const late = AbortSignal.timeout(timeoutMs)
    const stops = AbortSignal.any([this.#closing.signal, late, ...(signal ? [signal] : [])])
    try {
      for (;;) {
        stops.throwIfAborted()
        const address = await before(stops, this.#find())
        const answer = await answerOf(address, path, { method, signal: stops, ...(body && jsonBody(body)) })
        if (answer !== undefined) return answer
        if (this.#address === address) this.#address = undefined
      }
    } catch (error) {
      signal?.throwIfAborted()
      const { kind } = this.place
      if (this.#closing.signal.aborted) throw new OutsideError('outside_closed', `The way to the ${kind} is closed.`)
      if (!late.aborted) throw error
      throw new OutsideError('outside_no_answer', `The ${kind} did not answer within ${timeoutMs} ms.`)
    }
  }

  #find(): Promise<Address> {
    if (this.#address !== undefined) return Promise.resolve(this.#address)
    this.#finding ??= findParty(this.place, this.#closing.signal)
      .then((address) => (this.#address = address))
      .finally(() => (this.#finding = undefined))
    return this.#finding
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      // A failure is told to whoever asks for something.
      await this.ask('GET', '/healthz').catch(() => undefined)
      await sleep(watchMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}

/** The body of an answer that says yes. Error: `OutsideError` `outside_unavailable` or `outside_refused`. */
export function accepted({ status, body }: PartyAnswer): any {
  if (status === 200) return body
  const code = status >= 500 ? 'outside_unavailable' : 'outside_refused'
  throw new OutsideError(code, `${body.detail} (${body.code})`, body.code)
}

const defaultMs = 5_000
const watchMs = 1_000

function jsonBody(body: object): RequestInit {
  return { body: JSON.stringify(body) }
}

/** Nothing when the connection broke, or when somebody else listens there by now. */
async function answerOf(address: Address, path: string, init: RequestInit): Promise<PartyAnswer | undefined> {
  try {
    const response = await request(address, path, init)
    if (response.status === 401) return void (await response.body?.cancel())
    return { status: response.status, body: await response.json() }
  } catch (error) {
    if (init.signal?.aborted) throw error
    return undefined
  }
}

function before<Result>(stops: AbortSignal, result: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(stops.reason)
    stops.addEventListener('abort', stop, { once: true })
    result.then(resolve, reject).finally(() => stops.removeEventListener('abort', stop))
  })
}
