import type { Clock } from '../base/clock.ts'
import type { Broker } from './broker.ts'
import type { MessageCodec } from './message-codec.ts'

/** A broker that is described but not opened. */
export interface BrokerAdapter {
  readonly kind: 'broker'
  /** For messages. Never a password. */
  readonly name: string
  /**
   * Connects. `codec`: how values are written as bytes; default: as the JSON text that they are. Errors:
   * EW_BROKER_FAILED, EW_BROKER_DENIED.
   */
  open(options: { readonly clock: Clock; readonly codec?: MessageCodec }): Promise<Broker>
}
