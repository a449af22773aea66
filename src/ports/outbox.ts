/** A message that leaves with the unit that decided it. */
export interface OutboxMessage {
  /** UUIDv7: the message's id on every channel, the same when it is sent again. */
  readonly id: string
  /** The service that sends it. */
  readonly service: string
  readonly channel: string
  /** Messages of one channel with equal keys keep their order. */
  readonly key: string
  /** The name of the command or event. */
  readonly type: string
  /** JSON text of an object of texts. */
  readonly headers: string
  /** JSON text. */
  readonly value: string
}

/** A message that waits for the relay. */
export interface OutboxRow extends OutboxMessage {
  /** Place in the order of commits; dense from 1. */
  readonly position: number
  readonly recordedAtMs: number
}

/** What units have sent. Rows are written by units, in their order; the relay reads them by position. */
export interface OutboxTable {
  /** Rows after a position, in order. */
  after(position: number, limit: number): Promise<readonly OutboxRow[]>
  /** Position of the newest row ever written; 0 when there was none. It never goes back, whatever was trimmed. */
  head(): Promise<number>
  /** Deletes the oldest rows of a service up to a position, when its relay is past it; answers how many. */
  trim(service: string, position: number, limit: number): Promise<number>
}
