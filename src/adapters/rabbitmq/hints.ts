import type { Channel } from 'amqplib'
import { systemClock } from '../../base/clock.ts'
import { closeChannel, type Connection } from './connection.ts'
import { hintExchange } from './names.ts'

const pauseMs = 5
const againMs = 1_000

/**
 * Tells the other processes that messages have come into channels, and hears of it: by messages that nobody keeps, into
 * a queue that ends with its connection. What is lost there is found by whoever looks again by himself.
 */
export class Hints {
  readonly #speaking: Connection
  readonly #hearing: Connection
  readonly #self: string
  readonly #heard: (channels: ReadonlySet<string> | undefined) => void
  readonly #fresh = new Set<string>()
  #voice: Promise<Channel> | undefined
  /** Until what is fresh is told. */
  #telling: Promise<void> | undefined
  readonly #end = new AbortController()

  /** `heard` gets the channels, or undefined when it is not known what was missed. */
  constructor(
    { speaking, hearing, self }: { readonly speaking: Connection; readonly hearing: Connection; readonly self: string },
    heard: (channels: ReadonlySet<string> | undefined) => void,
  ) {
    this.#speaking = speaking
    this.#hearing = hearing
    this.#self = self
    this.#heard = heard
  }

  /** Errors: EW_BROKER_FAILED, and those of the driver. */
  async listen(): Promise<void> {
    const on = await this.#hearing.channel()
    await on.assertExchange(hintExchange, 'fanout', { durable: true })
    const { queue } = await on.assertQueue('', { exclusive: true, autoDelete: true, maxLength: 1_000 })
    await on.bindQueue(queue, hintExchange, '')
    await on.consume(
      queue,
      (message) => {
        if (message === null) return void closeChannel(on)
        if (message.properties.appId !== this.#self) this.#heard(channelsOf(message.content))
      },
      { noAck: true },
    )
    on.on('close', () => void this.#listenAgain())
  }

  /** Tells the others soon, of many at once. */
  tell(channels: Iterable<string>): void {
    for (const channel of channels) this.#fresh.add(channel)
    if (this.#end.signal.aborted || this.#fresh.size === 0) return
    this.#telling ??= systemClock.sleep(pauseMs, this.#end.signal).then(() => this.#speak())
  }

  /** Tells what is still to be told. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#telling
  }

  async #speak(): Promise<void> {
    this.#telling = undefined
    const channels = [...this.#fresh]
    this.#fresh.clear()
    if (channels.length === 0) return
    try {
      this.#voice ??= this.#begin()
      const on = await this.#voice
      on.publish(hintExchange, '', Buffer.from(JSON.stringify(channels)), { appId: this.#self, expiration: 10_000 })
    } catch {
      // It is a hint: whoever waits looks again by himself.
      this.#voice = undefined
    }
  }

  async #begin(): Promise<Channel> {
    const on = await this.#speaking.channel()
    on.on('close', () => (this.#voice = undefined))
    await on.assertExchange(hintExchange, 'fanout', { durable: true })
    return on
  }

  async #listenAgain(): Promise<void> {
    const { signal } = this.#end
    let isHeard = false
    while (!isHeard && !signal.aborted) {
      await systemClock.sleep(againMs, signal)
      if (signal.aborted) return
      isHeard = await this.listen().then(
        () => true,
        () => false,
      )
    }
    // Nobody knows what was told meanwhile.
    this.#heard(undefined)
  }
}

function channelsOf(content: Buffer): ReadonlySet<string> | undefined {
  try {
    const channels: unknown = JSON.parse(content.toString())
    return Array.isArray(channels) ? new Set(channels.filter((each) => typeof each === 'string')) : undefined
  } catch {
    return undefined
  }
}
