import type { Channel } from 'amqplib'
import { closeChannel, type Connection } from './connection.ts'
import type { Arrived } from './wire.ts'

/** How a queue is read. */
export interface IntakeOptions {
  readonly connection: Connection
  readonly queue: string
  readonly prefetch: number
  readonly arguments?: Readonly<Record<string, unknown>>
  /** Called for every message, in order. */
  arrived(message: Arrived): void
  /** Called once when nothing more will come, unless it was closed. */
  ended(): void
}

/** A consumer of one queue with a channel of its own, so that its end gives back what is not done, in order. */
export class Intake {
  readonly #on: Channel
  readonly #prefetch: number
  #open = true
  /** Until then whoever begins it hears of its end by an error. */
  #begun = false

  private constructor(on: Channel, prefetch: number) {
    this.#on = on
    this.#prefetch = prefetch
  }

  /** Errors are those of the driver. */
  static async begin(options: IntakeOptions): Promise<Intake> {
    const { connection, queue, prefetch } = options
    const on = await connection.channel()
    const intake = new Intake(on, prefetch)
    on.on('close', () => intake.#end(options))
    await on.prefetch(prefetch)
    await on.consume(
      queue,
      // The server ends a consumer by a message that is none.
      (message) => (message === null ? intake.#end(options) : intake.#open && options.arrived(message)),
      { noAck: false, ...(options.arguments && { arguments: options.arguments }) },
    )
    if (!intake.#open) throw new Error(`the consumer of ${queue} has ended`)
    intake.#begun = true
    return intake
  }

  /** Says that a message is done; `upTo`: and all before it. */
  done(deliveryTag: number, upTo: boolean): void {
    if (this.#open) this.#on.ack({ fields: { deliveryTag } } as Parameters<Channel['ack']>[0], upTo)
  }

  /** Answers when the server has done what it was asked before, and has sent what it had to. */
  async fence(): Promise<void> {
    await this.#on.prefetch(this.#prefetch)
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    // It breaks or it closes: what is not done goes back.
    await closeChannel(this.#on)
  }

  #end({ ended }: IntakeOptions): void {
    if (!this.#open) return
    this.#open = false
    void closeChannel(this.#on)
    if (this.#begun) ended()
  }
}
