import type { Timestamp } from '../schema/field.ts'

/** What is known about an event beside its data. */
export interface Meta {
  /** UUIDv7, unique in the store. */
  readonly id: string
  /** `<category>/<id>`. */
  readonly stream: string
  /** Place inside the stream; the first event has 1. */
  readonly version: number
  /** Place in the order of the store. Inline projections cannot read it: EW_INLINE_META. */
  readonly position: number
  /** Business time, given by the caller. */
  readonly occurredAt: Timestamp
  /** The database's clock at the commit. Inline projections cannot read it: EW_INLINE_META. */
  readonly recordedAt: Timestamp
  /** The same for everything that one request has caused. */
  readonly correlationId: string
  /** Id of the command or the event that caused this one. */
  readonly causationId: string
  /**
   * W3C trace context: to a handler, where the system tells telemetry, that of its own work, so that it can be passed
   * on; everywhere else that of whatever has stored the event.
   */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  /** Who asked. */
  readonly actor?: string | undefined
  readonly tenant?: string | undefined
}

/** As `Meta`, with the key of the row that a projection's handler is called for. */
export interface RowMeta extends Meta {
  readonly key: string
}

/** What is known about a command beside its data. */
export interface CommandMeta {
  /** Constant for all attempts of one command. */
  readonly id: string
  readonly correlationId: string
  readonly causationId: string
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  readonly actor?: string | undefined
  readonly tenant?: string | undefined
}
