import type { ConfirmChannel } from 'amqplib'
import { systemClock } from '../../base/clock.ts'
import { brokerFailed, type Connection } from './connection.ts'
import { HeaderTables } from './header-tables.ts'
import { Lanes } from './lanes.ts'
import type { Settings } from './settings.ts'
import type { WireMessage } from './wire.ts'

const isShort = 'it takes no messages now: its memory or its disk is short'

/** A message with the exchange to which it goes. */
export interface Addressed extends WireMessage {
  readonly exchange: string
  readonly routingKey: string
  /** Whether it has to come into a queue: if it does not, what is behind it is not sent. */
  readonly needed: boolean
}

/** A call of `send`: when the server takes nothing more, it is over, although its messages are still under way. */
interface Call {
  readonly signal: AbortSignal
  readonly refused: Promise<never>
}

/** Who waits for others to be confirmed, until his call is over. */
interface Waiting {
  readonly signal: AbortSignal
  resolve(): void
}

/** What is on its way through one channel of the driver. */
interface Session {
  readonly on: ConfirmChannel
  /** Messages for which nobody has a queue, by id: the server tells that before it confirms them. */
  readonly returned: Map<string, number>
  readonly waiting: Waiting[]
  readonly lanes: Lanes
  underWay: number
  confirmed: number
  ended: boolean
  /** Why it ended, where the server said so. */
  reason: unknown
}

/**
 * Sends messages in their order, with so many of them under way, and waits for the server to have each. Nothing is sent
 * again here: when a connection breaks, whoever has sent does not know what arrived, and sends all of it again.
 */
export class Publisher {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #tables = new HeaderTables()
  #session: Promise<Session> | undefined

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  /**
   * Whether each was put anywhere; nothing that is behind a needed one that was not is said to be.
   * Error: EW_BROKER_FAILED, with any number of them there.
   */
  async send(messages: readonly Addressed[]): Promise<readonly boolean[]> {
    const { name } = this.#settings
    if (this.#connection.blocked) throw brokerFailed(name, new Error(isShort))
    const session = await this.#open()
    const over = new AbortController()
    void this.#watch(session, over)
    try {
      return await this.#sendAll(session, messages, { signal: over.signal, refused: rejectedBy(over.signal) })
    } catch (cause) {
      throw brokerFailed(name, session.reason ?? cause)
    } finally {
      over.abort()
    }
  }

  /** Gives the connection up when the server confirms nothing more, so that whoever waits hears of it. */
  async #watch(session: Session, over: AbortController): Promise<void> {
    const { signal } = over
    let seen = -1
    while (!signal.aborted && !session.ended && session.confirmed !== seen) {
      seen = session.confirmed
      await systemClock.sleep(this.#settings.confirmTimeoutMs, signal)
    }
    if (signal.aborted || session.ended) return
    // It reads what was sent when it has room again, and each connection more would cost it memory.
    if (this.#connection.blocked) {
      over.abort(new Error(isShort))
      const at = session.waiting.findIndex((each) => each.signal === signal)
      if (at >= 0) session.waiting.splice(at, 1)[0]!.resolve()
      return
    }
    session.reason = new Error('it did not answer for too long, and its connection was given up')
    await this.#connection.drop()
  }

  async #sendAll(session: Session, messages: readonly Addressed[], call: Call): Promise<readonly boolean[]> {
    const placed: boolean[] = Array(messages.length).fill(false)
    let unconfirmed = 0
    let failed: unknown
    let homeless = false
    let settled: (() => void) | undefined
    for (let index = 0; index < messages.length; index++) {
      const { exchange, needed } = messages[index]!
      for (let room; (room = this.#room(session, exchange, call)) !== undefined;) await room
      if (failed !== undefined || homeless || session.ended || call.signal.aborted) {
        // The room that it has waited for is another one's.
        session.waiting.shift()?.resolve()
        break
      }
      unconfirmed++
      this.#send(session, messages[index]!, (error, taken) => {
        unconfirmed--
        placed[index] = taken
        failed ??= error
        homeless ||= needed && !taken
        if (unconfirmed === 0) settled?.()
      })
    }
    if (unconfirmed > 0) await Promise.race([new Promise<void>((resolve) => (settled = resolve)), call.refused])
    call.signal.throwIfAborted()
    if (failed !== undefined) throw failed
    if (session.ended) throw new Error('the connection broke')
    return placed
  }

  /** What has to happen before the next message may be sent; undefined if it may be. */
  #room({ underWay, ended, lanes, waiting }: Session, exchange: string, call: Call): Promise<void> | undefined {
    if (ended || call.signal.aborted) return undefined
    if (underWay >= this.#settings.window)
      return new Promise((resolve) => waiting.push({ resolve, signal: call.signal }))
    const lane = lanes.waiting(exchange)
    return lane && Promise.race([lane, call.refused])
  }

  #send(session: Session, message: Addressed, answered: (error: unknown, taken: boolean) => void): void {
    const { exchange, routingKey, body, options, needed } = message
    const { lanes, returned, waiting } = session
    session.underWay++
    lanes.begin(exchange)
    const headers = this.#tables.filled((options.headers ?? {}) as Readonly<Record<string, unknown>>)
    session.on.publish(exchange, routingKey, body, { ...options, headers }, (error: unknown) => {
      session.underWay--
      session.confirmed++
      const confirmed = error === null || error === undefined
      const taken = confirmed && !wasReturned(returned, options.messageId)
      lanes.end(exchange, taken || (confirmed && !needed))
      answered(error ?? undefined, taken)
      waiting.shift()?.resolve()
    })
  }

  #open(): Promise<Session> {
    if (this.#session !== undefined) return this.#session
    const opening = this.#begin()
    this.#session = opening
    opening.catch(() => {
      if (this.#session === opening) this.#session = undefined
    })
    return opening
  }

  async #begin(): Promise<Session> {
    const on = await this.#connection.confirmChannel()
    const session: Session = {
      on,
      returned: new Map(),
      waiting: [],
      lanes: new Lanes(),
      underWay: 0,
      confirmed: 0,
      ended: false,
      reason: undefined,
    }
    on.on('return', ({ properties }: { properties: { messageId?: string } }) => {
      const id = properties.messageId ?? ''
      session.returned.set(id, (session.returned.get(id) ?? 0) + 1)
    })
    on.on('error', (error: unknown) => (session.reason = error))
    on.on('close', () => {
      session.ended = true
      this.#session = undefined
      for (const { resolve } of session.waiting.splice(0)) resolve()
    })
    return session
  }
}

/** Rejects when a signal fires, for whoever waits then. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  return promise
}

function wasReturned(returned: Map<string, number>, id: string): boolean {
  const count = returned.get(id)
  if (count === undefined) return false
  if (count === 1) returned.delete(id)
  else returned.set(id, count - 1)
  return true
}
