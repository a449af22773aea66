import type { Partition, StoredEvent } from './stored-event.ts'
import type { StreamInfo, StreamStatus } from './streams.ts'

/** One page of a stream. `from` and `to` are versions, both included. */
export interface StreamPage {
  readonly stream: string
  readonly from?: number
  readonly to?: number
  /** Default: forwards. */
  readonly backwards?: boolean
  readonly limit: number
  /** A page behind one that is being worked on meanwhile: it is asked for at once, not together with other streams. */
  readonly ahead?: boolean
}

/** One page of the log in position order. `after` is the position before the first one wanted. */
export interface LogPage {
  readonly partition: Partition
  readonly after: number
  /** Last position wanted, included. */
  readonly to?: number
  /** Only streams of these categories; default all. */
  readonly categories?: readonly string[]
  readonly limit: number
}

/** Where an event with a known id is. */
export interface EventPlace {
  readonly id: string
  readonly stream: string
  readonly partition: Partition
  readonly version: number
  readonly position: number
}

/**
 * Reads of the events. Every committed event is seen, in position order, none skipped whatever transactions are open;
 * a page shorter than `limit` means that nothing more was committed when it was read.
 */
export interface EventLog {
  readStream(page: StreamPage): Promise<readonly StoredEvent[]>
  readLog(page: LogPage): Promise<readonly StoredEvent[]>
  /** Position of the last event of the partition, 0 when empty. */
  head(partition: Partition): Promise<number>
  /** Current version of the stream, 0 when it does not exist. */
  version(stream: string): Promise<number>
  /** Streams in the order of their names, those without events left out. */
  streams(page: {
    readonly category?: string
    readonly status?: StreamStatus
    readonly after?: string
    readonly limit: number
  }): Promise<readonly StreamInfo[]>
  /** The places of those ids that are stored. */
  places(ids: readonly string[]): Promise<readonly EventPlace[]>
  /** Events at the given positions of partition 0, in position order. */
  at(positions: readonly number[]): Promise<readonly StoredEvent[]>
}
