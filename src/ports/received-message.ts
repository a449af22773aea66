import type { ChannelMessage } from './broker.ts'
import { messageBytes } from './message-decision.ts'

type Headers = Readonly<Record<string, string>>

/** What a message is made of whose headers came one by one. */
export interface ReceivedParts extends Omit<ChannelMessage, 'headers'> {
  readonly headers: Headers
}

/**
 * A message whose headers came one by one, as those of Kafka and RabbitMQ do. The text that `headers` promises is made
 * when somebody asks for it, which hardly anybody does: who handles a message reads `headersOf`. It is no own member, so
 * that a copy made by spreading has none; `messageWith` copies.
 */
export class ReceivedMessage implements ChannelMessage {
  readonly channel: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly id: string
  readonly atMs: number
  readonly value: string
  readonly #headers: Headers
  #text: string | undefined

  constructor({ channel, partition, offset, key, id, atMs, value, headers }: ReceivedParts) {
    this.channel = channel
    this.partition = partition
    this.offset = offset
    this.key = key
    this.id = id
    this.atMs = atMs
    this.value = value
    this.#headers = headers
  }

  /** The headers of a message that was made so; undefined for another one, whose text has to be read. */
  static headersOf(message: object): Headers | undefined {
    return #headers in message ? message.#headers : undefined
  }

  get headers(): string {
    return (this.#text ??= JSON.stringify(this.#headers))
  }

  /** How many bytes it has, about. */
  get bytes(): number {
    let bytes = Buffer.byteLength(this.value) + this.key.length + this.id.length
    for (const name in this.#headers) bytes += name.length + this.#headers[name]!.length
    return bytes
  }

  /** As any other message is written. */
  toJSON(): ChannelMessage {
    return messageWith(this, {})
  }
}

/** A copy of a message in which some parts are others. */
export function messageWith(message: ChannelMessage, parts: Partial<ChannelMessage>): ChannelMessage {
  return { ...message, headers: message.headers, ...parts }
}

/** How many bytes the texts of a message have, about; no text is made for that. */
export function receivedBytes(message: ChannelMessage): number {
  return message instanceof ReceivedMessage ? message.bytes : messageBytes(message)
}
