import type { Meta } from '../../design/meta.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { Delivery } from './delivery.ts'

/**
 * A delivery that is another one, but for what a class that extends this says otherwise. Nothing is read of the other
 * one before it is asked for.
 */
export class WrappedDelivery implements Delivery {
  protected readonly inner: Delivery

  constructor(inner: Delivery) {
    this.inner = inner
  }
  get type(): string {
    return this.inner.type
  }
  get position(): number {
    return this.inner.position
  }
  get key(): string {
    return this.inner.key
  }
  get meta(): Meta {
    return this.inner.meta
  }
  get data(): unknown {
    return this.inner.data
  }
  get deleted(): boolean {
    return this.inner.deleted === true
  }
  get raw(): string | undefined {
    return this.inner.raw
  }
  get fault(): Error | undefined {
    return this.inner.fault
  }
  get facts(): MessageFacts {
    return this.inner.facts
  }
  get inboxKey(): string | undefined {
    return this.inner.inboxKey
  }
  get personal(): readonly string[] {
    return this.inner.personal ?? []
  }
  get received(): ChannelMessage | undefined {
    return this.inner.received
  }
}
