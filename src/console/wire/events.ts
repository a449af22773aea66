import type { AuditItem, Json, Measured, Place } from '../wire.ts'

/** An event. */
export interface EventItem {
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  readonly stream: string
  readonly version: number
  /** 0: an event of the design; 1: one of the engine, as of sagas. */
  readonly partition: 0 | 1
  readonly position: number
  readonly occurredAt: string
  readonly recordedAt: string
  readonly data: Json
  readonly correlationId?: string
  readonly causationId?: string
  readonly actor?: string
  readonly tenant?: string
  readonly traceparent?: string
  readonly deleted?: true
  /** Why `data` is shown as it is stored. */
  readonly problem?: string
}

/** An event, where it stands in its stream, and how it is stored. */
export interface EventStory extends Measured {
  readonly event: EventItem
  /** As it is stored, before upcasters; absent where that is the same. */
  readonly stored?: Json
  /** Parts of the system that read it. */
  readonly readers: readonly { readonly kind: string; readonly name: string }[]
}

/** The data of the server-sent event `missed`: the reader is slower than the events, or joined again too late. */
export interface LiveMissed {
  /** How many events, of any kind, went by without being looked at. */
  readonly events: number
}

/** A stream. */
export interface StreamItem {
  readonly stream: string
  readonly partition: 0 | 1
  readonly events: number
  readonly status: 'open' | 'archived' | 'deleted'
  /** Of a deleted one: something of what it held is left. */
  readonly unfinished?: true
}

/** A stream with what is known of it. */
export interface StreamStory extends Measured, StreamItem {
  /** The aggregate that it is of; undefined where this system declares none. */
  readonly aggregate?: { readonly name: string; readonly service: string }
  readonly first?: EventItem
  readonly last?: EventItem
  readonly actions: readonly AuditItem[]
}

/** One change of a value: a path as `items[0].sku`, and what was there before and after; absent where nothing was. */
export interface Change {
  readonly path: string
  readonly before?: Json
  readonly after?: Json
}

/** The state of an aggregate after an event. */
export interface StateItem {
  readonly event: EventItem
  readonly state?: Json
  /** Against the version before. */
  readonly changes: readonly Change[]
  /** Why there is no state. */
  readonly problem?: string
}

/** What a search has found: each with the page that shows it. */
export interface SearchAnswer extends Measured {
  readonly q: string
  readonly hits: readonly SearchHit[]
}

/** One thing that was found. */
export interface SearchHit {
  readonly kind: 'event' | 'stream' | 'saga' | 'correlation' | 'idempotency key' | 'row' | 'dead letter'
  readonly text: string
  readonly place: Place
}

/** What a correlation id stands for: events, each with the one that caused it. */
export interface Trace extends Measured {
  readonly correlationId: string
  /** In the order in which they were recorded; the first 1,000. */
  readonly events: readonly TraceEvent[]
  readonly isCut: boolean
  /** So many events, the newest ones, are not in the index of correlation ids yet: ask again in a moment. */
  readonly behindEvents: number
}

/** An event of a trace. */
export interface TraceEvent extends EventItem {
  /** The `id` of the event that it follows from; absent for a root, or where that has another correlation id. */
  readonly causedBy?: string
  /** How many events stand above it. */
  readonly depth: number
}
