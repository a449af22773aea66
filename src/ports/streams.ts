import type { Partition } from './stored-event.ts'

/** What a stream takes: events; none until it is reopened; none ever again, and its data are gone or going. */
export type StreamStatus = 'open' | 'archived' | 'deleted'

/** A stream with its current version. */
export interface StreamInfo {
  readonly stream: string
  readonly partition: Partition
  readonly version: number
  readonly status: StreamStatus
}

/**
 * A change of what a stream takes. The unit wins only while the stream is `from`, and it holds an append to the stream,
 * which need have no events, so that it waits for appends of others and they for it; else EW_UNIT.
 */
export interface StreamMark {
  readonly stream: string
  readonly from: StreamStatus
  readonly to: StreamStatus
}

/** What is known of single streams, and what is done to those that were deleted. */
export interface StreamTable {
  /** Undefined where there is no such stream. */
  get(stream: string): Promise<StreamInfo | undefined>
  /**
   * Takes data and meta from events of a deleted stream, at most `limit` of them, behind the version `after`; id, type,
   * place and times stay. Answers the version up to which all is done, that of the stream at the end. May be repeated,
   * and by several at once. To a stream that is not deleted it does nothing and answers `after`.
   */
  erase(stream: string, after: number, limit: number): Promise<number>
}
