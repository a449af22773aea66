/** Which order an event belongs to: 0 = the design's events, 1 = the engine's own (sagas, audit). */
export type Partition = 0 | 1

/** An event as a unit of work brings it: encoded once by the runtime, written as it is. */
export interface NewEvent {
  /** UUIDv7, unique in the store. */
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  readonly occurredAtMs: number
  /** Canonical JSON text. */
  readonly data: string
  /** Canonical JSON text. */
  readonly meta: string
  /** CRC-32 over id, stream, type, schema version, data and meta. */
  readonly checksum: number
}

/** An event as the store gives it back: the envelope with `data` and `meta` as the text that was written. */
export interface StoredEvent extends NewEvent {
  readonly stream: string
  /** Place inside the stream; the first event has 1. */
  readonly version: number
  readonly partition: Partition
  /** Place in the order of the partition; dense from 1. */
  readonly position: number
  /** The database's clock at the commit. */
  readonly recordedAtMs: number
  /**
   * True when the data was removed on purpose: `data` is then `null` as JSON text and the checksum no longer applies.
   */
  readonly deleted: boolean
}
