import type { Meta } from '../../design/meta.ts'
import type { MessageFacts } from '../../ports/parked.ts'

/** An event on its way to a handler, from the log or from a channel. */
export interface Delivery {
  readonly type: string
  /** Where the consumer stands in the source once this is done. */
  readonly position: number
  /** Orders deliveries unless the handler has a key of its own: the stream, or the key of the message. */
  readonly key: string
  readonly meta: Meta
  /** In today's schema version, frozen. Errors: EW_EVENT_UNKNOWN, EW_EVENT_NEWER, EW_EVENT_CORRUPT. */
  readonly data: unknown
  /** True when its data were taken away: nobody works on it, and everybody goes on behind it. */
  readonly deleted?: boolean
  /** What is kept of it when it is parked; undefined where the source keeps it. */
  readonly raw: string | undefined
  /** Why it cannot even be told what it is; it is parked under its key. */
  readonly fault?: Error | undefined
  /** What can be told of it without decoding it; never throws. */
  readonly facts: MessageFacts
  /** By what a repeat is recognised; undefined where the position alone does that. */
  readonly inboxKey: string | undefined
}

/** Where a consumer's deliveries come from. */
export interface Source {
  /** Deliveries of a bucket after its position, in order; none when there are no more now. */
  after(bucket: { readonly bucket: number; readonly position: number }, limit: number): Promise<readonly Delivery[]>
  /** Where each bucket ends, read now; undefined for a source without positions. */
  ends?(): Promise<(bucket: number) => number>
}
