import { WrappedDelivery } from '../loop/wrapped-delivery.ts'

/**
 * An event of a channel at its place in the log that it comes from: the same on whichever channel it is brought, and in
 * order for each key of the channel.
 */
export class SourcedEvent extends WrappedDelivery {
  override get position(): number {
    return this.meta.position
  }
}
