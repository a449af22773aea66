import type { ChannelMessage, Waiting } from '../../ports/broker.ts'
import { pageBytes } from '../../ports/message-decision.ts'
import { messageWith, receivedBytes } from '../../ports/received-message.ts'
import { Intake } from './intake.ts'
import { sentMs, type Arrived } from './wire.ts'

/** What reading a queue of a group needs. */
export interface GroupQueueOptions {
  /** Begins to consume; makes the queue again where it is gone. */
  begin(arrived: (message: Arrived) => void, ended: () => void): Promise<Intake>
  /** A promise only if it has to wait. */
  decode(message: Arrived, offset: number): ChannelMessage | Promise<ChannelMessage>
  /** Called when something has come after a read that found nothing more. */
  tell(): void
}

/** The time from the beginning of a consumer to its end: what it was sent is numbered and given back together. */
interface Turn {
  readonly intake: Promise<Intake>
  readonly held: Held[]
  /** The number of the first one that is held; it stands once one was read. */
  base: number
  /** How many were read and are not done. */
  read: number
}

interface Held {
  readonly arrived: Arrived
  message: ChannelMessage | undefined
}

/**
 * One queue as one member reads it. What was read and is not done is held here, so that it can be read again; when the
 * connection breaks it goes back into the queue, and comes again under new numbers.
 */
export class GroupQueue {
  readonly #options: GroupQueueOptions
  #turn: Turn | undefined
  #hungry = false

  constructor(options: GroupQueueOptions) {
    this.#options = options
  }

  /** What was sent here and is not done. */
  get held(): Waiting {
    const { held = [] } = this.#turn ?? {}
    return { count: held.length, oldestMs: held[0] && sentMs(held[0].arrived) }
  }

  async read(from: number, limit: number): Promise<readonly ChannelMessage[]> {
    const turn = (this.#turn ??= this.#begin())
    await turn.intake
    if (turn.read === 0) turn.base = from
    const { base, held } = turn
    const page: ChannelMessage[] = []
    let bytes = 0
    for (let index = Math.max(0, from - base); index < held.length && page.length < limit; index++) {
      const each = held[index]!
      const offset = base + index
      let { message } = each
      if (message === undefined) {
        const decoding = this.#options.decode(each.arrived, offset)
        message = decoding instanceof Promise ? await decoding : decoding
        // It broke meanwhile: all of it comes again.
        if (turn !== this.#turn) return []
        each.message = message
      }
      bytes += receivedBytes(message)
      if (bytes > pageBytes && page.length > 0) break
      page.push(message.offset === offset ? message : messageWith(message, { offset }))
      turn.read = Math.max(turn.read, index + 1)
    }
    this.#hungry = page.length < limit
    return page
  }

  async done(offset: number): Promise<void> {
    const turn = this.#turn
    const count = turn === undefined ? 0 : Math.min(offset - turn.base, turn.read)
    if (turn === undefined || count <= 0) return
    const [last] = turn.held.splice(0, count).slice(-1)
    turn.base += count
    turn.read -= count
    ;(await turn.intake).done(last!.arrived.fields.deliveryTag, true)
  }

  async close(): Promise<void> {
    const turn = this.#turn
    this.#turn = undefined
    await turn?.intake.then(
      (intake) => intake.close(),
      () => undefined,
    )
  }

  #begin(): Turn {
    this.#hungry = true
    const held: Held[] = []
    const over = (): void => {
      if (this.#turn !== turn) return
      this.#turn = undefined
      this.#options.tell()
    }
    const arrived = (message: Arrived): void => {
      held.push({ arrived: message, message: undefined })
      if (!this.#hungry || this.#turn !== turn) return
      this.#hungry = false
      this.#options.tell()
    }
    const turn: Turn = { intake: this.#options.begin(arrived, over), held, base: 0, read: 0 }
    turn.intake.catch(() => {
      if (this.#turn === turn) this.#turn = undefined
    })
    return turn
  }
}
