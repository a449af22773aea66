import type { OutboxMessage } from './outbox.ts'
import type { MessageFacts, ParkedAttempt } from './parked.ts'
import type { SagaMail, SagaMailKey, SagaRow } from './sagas.ts'
import type { NewEvent, Partition } from './stored-event.ts'
import type { StreamMark, StreamStatus } from './streams.ts'
import type { TimerWrite } from './timers.ts'
import type { RowWrite } from './views.ts'

/** What the current version of a stream must be: exactly n, no stream (= 0), any stream that exists, or anything. */
export type Expected = number | 'any' | 'noStream' | 'streamExists'

/** Events for one stream. Without events it is a pure check of the expectation. */
export interface Append {
  readonly stream: string
  /** murmur3_32(UTF-8 of the stream, seed 0) & 1023. */
  readonly hash: number
  readonly partition: Partition
  readonly expected: Expected
  readonly events: readonly NewEvent[]
}

/** Compare-and-set of a consumer's position: wins only if epoch and `from` are the stored ones. It renews the lease. */
export interface PositionMove {
  readonly consumer: string
  /** `log`, or the name of a channel. */
  readonly source: string
  readonly bucket: number
  readonly epoch: number
  readonly from: number
  readonly to: number
  readonly ttlMs: number
}

/** A key that must be new: the idempotency key of a request, a message id, a step reply. */
export interface InboxRow {
  readonly service: string
  readonly consumer: string
  readonly key: string
  /** Hash of the request; the same key with another fingerprint is a misuse. */
  readonly fingerprint: string
  /** JSON text: status, reply, ids of the unit's events. */
  readonly outcome: string
}

/** A change of what is parked for one consumer; see `ports/parked.ts`. */
export type ParkWrite =
  | {
      readonly kind: 'park'
      readonly consumer: string
      readonly source: string
      readonly bucket: number
      readonly key: string
      readonly position: number
      readonly facts: MessageFacts
      readonly code: string
      readonly message: string
      readonly stack: string
      /** How often it was tried now. */
      readonly attempts: number
      /** The first of these attempts and the newest ones; empty where there was one that ends now. */
      readonly history: readonly ParkedAttempt[]
      /** Fingerprint of the handlers in which it failed. */
      readonly handlers: string
      /** Whether it failed in a replay. */
      readonly replay: boolean
      /** What is kept of the delivery; undefined where its source keeps it. */
      readonly raw?: string
    }
  /** A later message of a key that is parked already. */
  | {
      readonly kind: 'wait'
      readonly consumer: string
      readonly key: string
      readonly position: number
      readonly raw?: string
    }
  /** A message of the key was replayed with success. */
  | { readonly kind: 'replayed'; readonly consumer: string; readonly key: string; readonly position: number }
  /** Nothing of the key waits any more: it flows again. */
  | { readonly kind: 'unpark'; readonly consumer: string; readonly key: string }
  /** Nobody is going to replay the key after all. */
  | { readonly kind: 'unmark'; readonly consumer: string; readonly key: string }
  /** The owner of a bucket has these handlers: replays that failed in others were not in vain. */
  | { readonly kind: 'handlers'; readonly consumer: string; readonly bucket: number; readonly handlers: string }

/** SQL that a handler recorded; it runs inside the commit, after the rows. */
export interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** A folded state kept beside its stream, so that loading need not start at version 1. */
export interface SnapshotWrite {
  readonly stream: string
  /** Identity of the fold that made it. */
  readonly identity: string
  readonly version: number
  /** JSON text. */
  readonly state: string
}

/**
 * What one handler decided, recorded while no transaction was open. A unit is written whole or not at all.
 * It has at least an event, an inbox row or a position move, so that a repeat after a lost answer is recognised.
 */
export interface Unit {
  readonly appends?: readonly Append[]
  readonly positions?: readonly PositionMove[]
  readonly inbox?: readonly InboxRow[]
  readonly rows?: readonly RowWrite[]
  readonly parks?: readonly ParkWrite[]
  readonly statements?: readonly Statement[]
  readonly snapshots?: readonly SnapshotWrite[]
  /** Messages in the order in which the relay is to send them. */
  readonly outbox?: readonly OutboxMessage[]
  /** Rows of sagas and processes, each with an append to its stream in this unit; else EW_UNIT. */
  readonly sagas?: readonly SagaRow[]
  /** A piece whose key is known to its address is dropped in silence. */
  readonly mail?: readonly SagaMail[]
  /** Mail that is used up, of this unit or an earlier one; its key stays known. */
  readonly mailUsed?: readonly SagaMailKey[]
  /** What they send when they are fired comes behind the outbox of the unit. */
  readonly timers?: readonly TimerWrite[]
  /** Changes of what streams take, each with an append to its stream in this unit; else EW_UNIT. */
  readonly marks?: readonly StreamMark[]
}

/** Whether the unit appends to streams and does nothing else. */
export function appendsOnly(unit: Unit): boolean {
  if (unit.appends === undefined || unit.appends.length === 0) return false
  for (const section in unit)
    if (section !== 'appends' && (unit[section as keyof Unit]?.length ?? 0) > 0) return false
  return true
}

/**
 * Where the events of one append ended: version and position of its last event (of the stream's last one for a pure
 * check).
 */
export interface Appended {
  readonly version: number
  readonly position: number
}

/** The unit is stored. */
export interface Committed {
  readonly ok: true
  /** One per append, in the unit's order. */
  readonly appends: readonly Appended[]
  /** True when exactly these events were stored by an earlier attempt and nothing was written now. */
  readonly replay?: true
  /** When its events were recorded, where the store tells: then whoever has committed them need not read them back. */
  readonly recordedAtMs?: number
  /** Where its outbox is, and behind it what its timers send, where the store tells. */
  readonly sent?: Placed
  /** Where its mail is, where the store tells. */
  readonly mailed?: Placed
}

/** Where rows of a unit are that nobody needs to read who has committed them. */
export interface Placed {
  /** The last place before them: whoever was placed before has this one or a lower one. */
  readonly after: number
  /** Behind `after` and up to here nothing is but these. */
  readonly to: number
  /** The place of each, in the order of the unit; null for what is not there. */
  readonly places: readonly (number | null)[]
  readonly atMs: number
}

/**
 * Why a unit lost; nothing of it is stored. Precedence: inbox, owner, conflict or closed (appends, then marks), row,
 * unique.
 */
export type Loss =
  | {
      readonly ok: false
      readonly reason: 'inbox'
      readonly key: string
      readonly fingerprint: string
      readonly outcome: string
    }
  | {
      readonly ok: false
      readonly reason: 'owner'
      readonly consumer: string
      readonly bucket: number
      readonly position: number
    }
  /** `current` is -1 when the stream belongs to the other partition: an error of the caller that no retry mends. */
  | { readonly ok: false; readonly reason: 'conflict'; readonly stream: string; readonly current: number }
  /**
   * The stream takes no events, or, for a unit that marks it, is another than it should be. Only an archived one may
   * still be an append of no events.
   */
  | { readonly ok: false; readonly reason: 'closed'; readonly stream: string; readonly status: StreamStatus }
  /** A guarded row write met another applied version. */
  | {
      readonly ok: false
      readonly reason: 'row'
      readonly table: string
      readonly key: string
      readonly applied: number
    }
  | { readonly ok: false; readonly reason: 'unique'; readonly table: string; readonly columns: readonly string[] }
  /** Some of the unit's event ids are stored already, but not all, or not in that stream. */
  | { readonly ok: false; readonly reason: 'ids'; readonly stream: string }

/** One per unit of a batch. */
export type Outcome = Committed | Loss
