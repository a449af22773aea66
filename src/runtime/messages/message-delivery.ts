import { failure } from '../../base/errors.ts'
import type { Meta } from '../../design/meta.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { Delivery } from '../loop/delivery.ts'
import { personalTexts } from '../telemetry/personal-texts.ts'
import { messageFacts, readValue } from './wire.ts'

/**
 * A message that is no event, as a channel brings it. It is read when it is handled, so that what cannot be read parks
 * its key and is not lost.
 */
export class MessageDelivery implements Delivery {
  readonly message: ChannelMessage
  readonly #personalIn: (type: string) => readonly string[] | undefined

  /** `personalIn`: where personal data stand in what is of a type. */
  constructor(message: ChannelMessage, personalIn: (type: string) => readonly string[] | undefined = () => undefined) {
    this.message = message
    this.#personalIn = personalIn
  }
  get received(): ChannelMessage {
    return this.message
  }
  get position(): number {
    return this.message.offset + 1
  }
  get key(): string {
    return this.message.key
  }
  get type(): string {
    return this.message.channel
  }
  get data(): unknown {
    return this.message.value
  }
  get raw(): string {
    return JSON.stringify(this.message)
  }
  /** A key of its own does that: that of the command, or that of the mail. */
  get inboxKey(): undefined {
    return undefined
  }
  get personal(): readonly string[] {
    try {
      return personalTexts(this.#personalIn(this.facts.type ?? '') ?? [], readValue(this.message))
    } catch {
      // Why it cannot be read says nothing of what is in it.
      return []
    }
  }
  get facts(): MessageFacts {
    return messageFacts(this.message)
  }
  get meta(): Meta {
    throw failure('EW_DESIGN', `The message ${this.message.id} of ${this.type} is no event.`)
  }
}
