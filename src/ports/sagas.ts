import { streamHash } from '../base/hash.ts'

/**
 * The row of one instance of a saga or process, written together with its events: what a list, a timer or a new owner
 * needs without folding the stream. It may be rebuilt from the stream.
 */
export interface SagaRow {
  /** `<name>/<id>`: also its stream, in partition 1. */
  readonly id: string
  /** The name of the saga or process. */
  readonly saga: string
  readonly service: string
  /** The version of the declaration that it began with. */
  readonly definitionVersion: number
  readonly status: string
  /** Whether nothing moves it any more. */
  readonly closed: boolean
  /** Version of its stream. */
  readonly version: number
  /** When it has to be looked at, on the database's clock; null: only mail moves it. */
  readonly dueAtMs: number | null
  /** JSON text: the fold of the stream. */
  readonly state: string
  readonly startedAtMs: number
}

/** Names a piece of mail: an address gets the same key once, for ever. */
export interface SagaMailKey {
  /** The name of the saga or process. */
  readonly saga: string
  /** An instance's id, or what an instance may come to wait for. */
  readonly address: string
  readonly key: string
}

/** What an instance is to be told: a start, a reply, an awaited event, an order of an operator. */
export interface SagaMail extends SagaMailKey {
  readonly kind: string
  /** JSON text. */
  readonly body: string
}

/** Mail that waits. */
export interface SagaMailRow extends SagaMail {
  /** Grows with every piece of mail. */
  readonly seq: number
  readonly atMs: number
}

/** Some of the buckets into which the instances of a saga or process are divided: what one process works on. */
export interface SagaPart {
  /** How many buckets there are in all: a power of two, at most 1,024. */
  readonly of: number
  readonly buckets: ReadonlySet<number>
}

/**
 * The hash by which stores find what belongs to a part: that of the instance; -1 for the address of a wait, which an
 * instance of any bucket may have, so that it is of every part. A stored hash: it may never change.
 */
export function mailHash(address: string): number {
  return /^[^/=]*=/.test(address) ? -1 : streamHash(address)
}

/** Whether what has this hash is of a part. */
export function isOfPart({ of, buckets }: SagaPart, hash: number): boolean {
  return hash < 0 || buckets.has(hash & (of - 1))
}

/** Which instances to list; all of them when it names nothing. */
export interface SagaPage {
  readonly saga?: string
  readonly statuses?: readonly string[]
  readonly closed?: boolean
  readonly part?: SagaPart
  /** The id of the last one before. */
  readonly after?: string
  readonly limit: number
}

/** Which page of the mail is looked at, and what is too old. */
export interface MailSweep {
  /** The place behind which the page begins; 0 at first. */
  readonly after: number
  readonly limit: number
  /** What came before this and was used up is forgotten. */
  readonly usedBeforeMs: number
  /** What came before this and was not used up is forgotten, of a saga and a kind. */
  readonly waiting: readonly { readonly saga: string; readonly kind: string; readonly beforeMs: number }[]
}

/** What became of a page of mail. */
export interface MailSwept {
  readonly purged: number
  /** The place behind which the next page begins; undefined when nothing behind this one is old enough. */
  readonly next: number | undefined
}

/**
 * Instances and their mail. Both are written by units: a row wins or loses with the append that carries the exact
 * version of its stream; mail whose key is known is dropped in silence, also when it was used up.
 */
export interface SagaTable {
  get(id: string): Promise<SagaRow | undefined>
  /** In the order of ids. */
  list(page: SagaPage): Promise<readonly SagaRow[]>
  /** How many instances have which status. */
  counts(saga?: string): Promise<readonly { readonly saga: string; readonly status: string; readonly count: number }[]>
  /** Instances whose time has come, the earliest first; those of a part may have some of others between them. */
  due(saga: string, nowMs: number, limit: number, part?: SagaPart): Promise<readonly SagaRow[]>
  /** Mail that was not used up, after a place, in the order of its arrival; of a part with that of every wait. */
  mail(saga: string, after: number, limit: number, part?: SagaPart): Promise<readonly SagaMailRow[]>
  /** The mail of one address that was not used up, in the order of its arrival. */
  mailFor(saga: string, address: string): Promise<readonly SagaMailRow[]>
  /** The sagas and processes that have instances, in the order of their names. */
  names(): Promise<readonly string[]>
  /** When the oldest instance began that is open; undefined when none is. */
  oldestOpenMs(saga: string): Promise<number | undefined>
  /** Deletes the rows of those instances that are closed; their streams stay. Answers how many. */
  forget(ids: readonly string[]): Promise<number>
  /** Looks at one page of all mail and forgets what is too old, and with it the keys. */
  purgeMail(sweep: MailSweep): Promise<MailSwept>
}
