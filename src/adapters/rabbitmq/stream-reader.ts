import type { ChannelMessage } from '../../ports/broker.ts'
import { pageBytes } from '../../ports/message-decision.ts'
import { receivedBytes } from '../../ports/received-message.ts'
import type { Intake } from './intake.ts'
import type { Arrived } from './wire.ts'

/** Where reading a stream begins: at an offset, at a time in seconds, or at an end. */
export type StreamStart = 'first' | 'last' | { readonly offset: number } | { readonly seconds: number }

/** What reading a stream needs. */
export interface StreamOptions {
  begin(start: StreamStart, arrived: (message: Arrived) => void, ended: () => void): Promise<Intake>
  /** A promise only if it has to wait. */
  decode(message: Arrived, offset: number): ChannelMessage | Promise<ChannelMessage>
  /** Called when something has come after a read that found nothing more. */
  tell(): void
}

/** A message of a stream with its place in it. */
export interface Streamed {
  readonly arrived: Arrived
  readonly offset: number
}

/**
 * Reads one stream forward. The server sends as much as it may ahead; who asks for another place than the one that
 * comes next begins anew.
 */
export class StreamReader {
  readonly #options: StreamOptions
  #turn: Turn | undefined
  #busy: Promise<unknown> = Promise.resolve()
  #hungry = false

  constructor(options: StreamOptions) {
    this.#options = options
  }

  /** One after the other, since each leaves the reader at another place. */
  read(from: number, limit: number): Promise<readonly ChannelMessage[]> {
    const reading = this.#busy.then(() => this.#read(from, limit))
    this.#busy = reading.catch(() => undefined)
    return reading
  }

  async close(): Promise<void> {
    const turn = this.#turn
    this.#turn = undefined
    await turn?.intake.then(
      (intake) => intake.close(),
      () => undefined,
    )
  }

  async #read(from: number, limit: number): Promise<readonly ChannelMessage[]> {
    if (this.#turn?.next !== from) {
      await this.close()
      this.#turn = this.#begin(from)
    }
    const turn = this.#turn!
    const page: ChannelMessage[] = []
    let bytes = 0
    while (page.length < limit) {
      if (turn.held.length === 0 && !(await this.#more(turn))) break
      const { arrived, offset } = turn.held[0]!
      const message = await this.#options.decode(arrived, offset)
      bytes += receivedBytes(message)
      if (bytes > pageBytes && page.length > 0) break
      turn.held.shift()
      page.push(message)
      turn.next = offset + 1
      ;(await turn.intake).done(arrived.fields.deliveryTag, false)
    }
    this.#hungry = page.length < limit
    return page
  }

  /** Whether there is more now: what was read makes room for it, and the server answers behind what it sends. */
  async #more(turn: Turn): Promise<boolean> {
    const intake = await turn.intake
    if (this.#turn !== turn) return false
    await intake.fence()
    return turn.held.length > 0
  }

  #begin(from: number): Turn {
    const held: Streamed[] = []
    const over = (): void => {
      if (this.#turn !== turn) return
      this.#turn = undefined
      this.#options.tell()
    }
    const arrived = (message: Arrived): void => {
      const offset = offsetOf(message)
      if (offset < turn.next) return
      held.push({ arrived: message, offset })
      if (!this.#hungry || this.#turn !== turn) return
      this.#hungry = false
      this.#options.tell()
    }
    this.#hungry = false
    const turn: Turn = { intake: this.#options.begin({ offset: from }, arrived, over), held, next: from }
    turn.intake.catch(() => {
      if (this.#turn === turn) this.#turn = undefined
    })
    return turn
  }
}

interface Turn {
  readonly intake: Promise<Intake>
  readonly held: Streamed[]
  /** The offset from which on nothing was read. */
  next: number
}

/** The place of a message in its stream. */
export function offsetOf({ properties }: Arrived): number {
  return Number(properties.headers?.['x-stream-offset'] ?? 0)
}

/** The argument by which a consumer of a stream says where it begins; a bare number would be a count of chunks. */
export function startArgument(start: StreamStart): Readonly<Record<string, unknown>> {
  if (typeof start === 'string') return { 'x-stream-offset': start }
  if ('offset' in start) return { 'x-stream-offset': { '!': 'long', value: start.offset } }
  return { 'x-stream-offset': { '!': 'timestamp', value: start.seconds } }
}
