import type { Meta } from '../../design/meta.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'

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
  /** Texts in it that are personal data, so that nobody writes them into a log; never throws. Default: none. */
  readonly personal?: readonly string[]
  /** The message that a channel has brought it as. */
  readonly received?: ChannelMessage | undefined
}

/** Where a reader of a bucket stands: all up to the position is done. */
export interface Place {
  readonly bucket: number
  readonly position: number
  /** Fires when the bucket is not held any more. */
  readonly held?: AbortSignal
}

/** Where a consumer's deliveries come from. */
export interface Source {
  /** Deliveries of a bucket after its position, in order; none when there are no more now. */
  after(place: Place, limit: number): Promise<readonly Delivery[]>
  /** Where each bucket ends, read now; undefined for a source without positions. */
  ends?(): Promise<(bucket: number) => number>
  /** Hears of what was set aside. */
  parked?(park: ParkWrite): void
}
