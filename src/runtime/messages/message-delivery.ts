import { failure } from '../../base/errors.ts'
import type { Meta } from '../../design/meta.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { Delivery } from '../loop/delivery.ts'
import { messageFacts } from './wire.ts'

/**
 * A message that is no event, as a channel brings it. It is read when it is handled, so that what cannot be read parks
 * its key and is not lost.
 */
export class MessageDelivery implements Delivery {
  readonly message: ChannelMessage

  constructor(message: ChannelMessage) {
    this.message = message
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
  get facts(): MessageFacts {
    return messageFacts(this.message)
  }
  get meta(): Meta {
    throw failure('EW_DESIGN', `The message ${this.message.id} of ${this.type} is no event.`)
  }
}
