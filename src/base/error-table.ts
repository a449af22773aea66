import { messageErrors } from './message-errors.ts'

/**
 * What a program can rely on about one error code; `retryable` says whether the same call may succeed later unchanged.
 */
export interface ErrorEntry {
  readonly retryable: boolean
  /** What happened, in one sentence. */
  readonly meaning: string
  /** What the reader can do about it. */
  readonly remedy: string
}

/** All others, in alphabetical order. */
const otherErrors = {
  EW_BUSY: {
    retryable: true,
    meaning: 'The commit queue is full.',
    remedy: 'Slow down: await earlier calls, or retry after a moment.',
  },
  EW_CHECKPOINT_AHEAD: {
    retryable: false,
    meaning: 'A consumer has done more than its source holds: one of them comes from another backup than the other.',
    remedy:
      'Restore the newer backup of the source; or let the consumer begin anew, which for a view is to rebuild it.',
  },
  EW_CLOSED: {
    retryable: false,
    meaning: 'The system has stopped or is stopping.',
    remedy: 'Start it again before you call it.',
  },
  EW_COMPOSITION: {
    retryable: false,
    meaning: 'The declared system does not fit together.',
    remedy: 'Mend each finding that the error lists.',
  },
  EW_CONCURRENCY: {
    retryable: true,
    meaning: 'Other writers changed the stream during every attempt.',
    remedy: 'Retry the command; reduce contention on this stream.',
  },
  EW_CONFIG: {
    retryable: false,
    meaning: 'A setting is missing or not valid.',
    remedy: 'Correct the setting that the message names.',
  },
  EW_CONSUMERS_NOT_LEVEL: {
    retryable: false,
    meaning: 'A consumer cannot be divided into another number of buckets now: they do not stand level, or are held.',
    remedy:
      'Run it in one process with the number of before until it has caught up, stop it, and start with the new number.',
  },
  EW_CONSUMER_DECLARED: {
    retryable: false,
    meaning: 'A consumer is to be forgotten that the system still has a part for.',
    remedy: 'Take the part out of the design first; a part that is only to begin anew is another matter.',
  },
  EW_CONSUMER_HELD: {
    retryable: true,
    meaning: 'A consumer is to be forgotten, and a process works for it or has taken it meanwhile.',
    remedy: 'Stop that process; the lease of one that was killed ends by itself within seconds.',
  },
  EW_CONSUMER_NOT_EMPTY: {
    retryable: false,
    meaning:
      'A consumer is to be forgotten that has dead letters, or the rows of a view, and nobody said that they go too.',
    remedy: 'Look at them first; then say `--with-dead-letters` or `--with-rows`.',
  },
  EW_CONSUMER_UNKNOWN: {
    retryable: false,
    meaning: 'The store has nothing of a consumer of this name.',
    remedy: 'List them by `eventwright consumers list`.',
  },
  EW_DESIGN: {
    retryable: false,
    meaning: 'A declaration is not valid.',
    remedy: 'Correct the declaration that the message names.',
  },
  EW_DRIVER_MISSING: {
    retryable: false,
    meaning: 'A package that an adapter needs is not installed.',
    remedy: 'Install it with the package manager of your project; the message names it.',
  },
  EW_EVENT_CORRUPT: {
    retryable: false,
    meaning: 'A stored event does not match its checksum or cannot be decoded.',
    remedy: 'Run `eventwright store verify` and restore the event from a backup.',
  },
  EW_EVENT_NEWER: {
    retryable: false,
    meaning: 'The store holds an event of a newer schema version than this system declares.',
    remedy: 'Run the newer release; this one leaves such events alone.',
  },
  EW_EVENT_UNKNOWN: {
    retryable: false,
    meaning: 'The store holds an event type that this system does not declare.',
    remedy: 'Deploy a release that declares the type, or add it to the design.',
  },
  EW_IDS: {
    retryable: false,
    meaning: 'Some event ids of a unit are stored already and some are not.',
    remedy: 'Use fresh event ids for every unit; never mix stored and new ones.',
  },
  EW_IDS_TAKEN: {
    retryable: true,
    meaning: 'Event ids of a batch are stored already.',
    remedy: 'Nothing: the commit queue looks them up and repeats the rest.',
  },
  EW_INLINE_META: {
    retryable: false,
    meaning: 'An inline projection read a value that exists only after the commit.',
    remedy: 'Use occurredAt instead of position or recordedAt, or make the projection async.',
  },
  EW_JSON: {
    retryable: false,
    meaning: 'A text is not valid JSON or a value cannot be written as JSON.',
    remedy: 'Correct the value at the path that the message names.',
  },
  EW_KEY_REUSED: {
    retryable: false,
    meaning: 'An idempotency key was used before with another request.',
    remedy: 'Use a new key for a new request, or repeat the first request unchanged.',
  },
  EW_LOCK_FILE: {
    retryable: false,
    meaning: 'The lock file cannot be used, or the design changes a message version that it holds.',
    remedy: 'Add a new schema version with .next(…) instead of changing a stored one.',
  },
  EW_NODE_VERSION: {
    retryable: false,
    meaning: 'This version of Node.js is too old.',
    remedy: 'Install Node.js 22.22 or newer (24 LTS preferred).',
  },
  EW_OWNERSHIP_LOST: {
    retryable: true,
    meaning: 'Another process took over this consumer.',
    remedy: 'Nothing: the other process goes on from the stored position.',
  },
  EW_QUERY: {
    retryable: false,
    meaning: 'A query of a view is not valid.',
    remedy: 'Filter and sort by indexed columns, with values of their type.',
  },
  EW_RECEIPT_FOREIGN: {
    retryable: false,
    meaning: 'The receipt belongs to a store that does not feed this view.',
    remedy: 'Use receipts only with the system that issued them.',
  },
  EW_RECEIPT_INVALID: {
    retryable: false,
    meaning: 'A receipt cannot be read.',
    remedy: 'Pass the receipt on as the opaque string that it was.',
  },
  EW_SAGA_UNKNOWN: {
    retryable: false,
    meaning: 'The store has no such instance of a saga or process.',
    remedy: 'List them by `eventwright sagas list`.',
  },
  EW_SCHEMA_FOREIGN: {
    retryable: false,
    meaning: 'A schema of another library is asynchronous or gives values that JSON cannot hold.',
    remedy: 'Use a synchronous schema whose output is JSON: text, numbers, booleans, null, arrays, plain objects.',
  },
  EW_SQL: {
    retryable: false,
    meaning: 'The store refused an SQL statement that a handler recorded or asked for.',
    remedy: 'Correct the statement; the message and the cause say what is wrong with it.',
  },
  EW_SQL_UNSUPPORTED: {
    retryable: false,
    meaning: 'The store does not run SQL.',
    remedy: 'Use the SQLite store, or declare the rows instead of recording SQL.',
  },
  EW_STALE: {
    retryable: true,
    meaning: 'A view did not reach the receipt within the timeout.',
    remedy: 'Retry later or read without `after`.',
  },
  EW_STORE_BUSY: {
    retryable: true,
    meaning: 'The store was locked by other processes until the deadline, or had no connection free.',
    remedy: 'Retry; if it persists, let fewer processes write to the store, or give it more connections.',
  },
  EW_STORE_CORRUPT: {
    retryable: false,
    meaning: 'The database file is damaged.',
    remedy:
      'Check the path; if it is the right file, restore it from a backup (`eventwright store verify` says what is lost).',
  },
  EW_STORE_FAILED: {
    retryable: true,
    meaning: 'The store refused an operation.',
    remedy: 'Check the path and its permissions; the cause holds what the driver said.',
  },
  EW_STORE_FOREIGN: {
    retryable: false,
    meaning: 'The file is not an Eventwright store, or the database has the views of another store.',
    remedy: 'Check the path or the URL; Eventwright never writes into what belongs to something else.',
  },
  EW_STORE_FULL: {
    retryable: true,
    meaning: 'The disk is full or the file cannot grow.',
    remedy: 'Free space; nothing of the failed unit was stored.',
  },
  EW_STORE_IN_USE: {
    retryable: true,
    meaning: 'Processes work on a store that must rest.',
    remedy: 'Stop them; the lease of a process that was killed ends by itself within seconds.',
  },
  EW_STORE_NEWER: {
    retryable: false,
    meaning: 'A newer release has migrated this store.',
    remedy: 'Run the newer release.',
  },
  EW_STORE_NOT_EMPTY: {
    retryable: false,
    meaning: 'A store is to be filled by a copy and holds something already.',
    remedy: 'Name a file or a schema that does not exist yet; nothing was changed.',
  },
  EW_STORE_OLDER: {
    retryable: false,
    meaning: 'The store has an older format than this release, which was told not to migrate.',
    remedy: 'Run `eventwright migrate` with a user who may change the schema, then start again.',
  },
  EW_STORE_UNREACHABLE: {
    retryable: true,
    meaning: 'The database server could not be reached, or the connection broke before it answered.',
    remedy:
      'Retry when the server is back; a commit that broke off is sent again and its outcome told by its event ids.',
  },
  EW_STORE_UNSUITABLE: {
    retryable: false,
    meaning: 'A database cannot hold a store: by its encoding, the version of its server, or its settings.',
    remedy: 'Make a database with the encoding UTF8, or change what the message names for the role of the system.',
  },
  EW_STREAM_CLOSED: {
    retryable: false,
    meaning: 'An event was to be appended to a stream that is archived.',
    remedy: 'Reopen the stream if it is to go on, or use another one.',
  },
  EW_STREAM_DELETED: {
    retryable: false,
    meaning: 'A stream was deleted: what was in it is gone, and its name takes no events ever again.',
    remedy: 'Use another id.',
  },
  EW_STREAM_NAME: {
    retryable: false,
    meaning: 'A stream name is not valid.',
    remedy: 'Use <category>/<id>; the id has 1 to 250 bytes of UTF-8 without control characters.',
  },
  EW_STREAM_UNKNOWN: {
    retryable: false,
    meaning: 'The store has no such stream, or it is one of the engine, which nobody closes.',
    remedy: '`eventwright streams list` shows the streams of a store.',
  },
  EW_STUCK: {
    retryable: false,
    meaning: 'A consumer has stopped because every key failed.',
    remedy: 'Mend the handler and start the consumer again.',
  },
  EW_TEXT: {
    retryable: false,
    meaning: 'A text holds U+0000 or a lone surrogate.',
    remedy: 'Remove the character that the message names.',
  },
  EW_TRANSACTION: {
    retryable: false,
    meaning: 'The connection given to `withTransaction` has no open transaction that can write into this store.',
    remedy:
      'Send BEGIN first, on a connection to the database of the store; a transaction that has failed can only be rolled back.',
  },
  EW_TRANSACTION_UNSUPPORTED: {
    retryable: false,
    meaning: 'The store cannot commit inside the transaction of somebody else.',
    remedy: 'Use a store in PostgreSQL, or execute the command by itself, with an idempotency key.',
  },
  EW_UNAUTHORISED: {
    retryable: false,
    meaning: 'The authorisation hook refused the command.',
    remedy: 'Use an actor who may do this.',
  },
  EW_UNIQUE: {
    retryable: false,
    meaning: 'Another row has the same unique value.',
    remedy: 'Choose another value or change the other row first.',
  },
  EW_UNIT: {
    retryable: false,
    meaning: 'A unit of work is not valid.',
    remedy: 'Correct the unit as the message says.',
  },
  EW_UNKNOWN_COMMAND: {
    retryable: false,
    meaning: 'No part of the running services handles this command.',
    remedy: 'Start the owning service or add a handler.',
  },
  EW_VALIDATION: {
    retryable: false,
    meaning: 'A value does not match its schema.',
    remedy: 'Correct the fields that the error lists.',
  },
  EW_VALUE: {
    retryable: false,
    meaning: 'A decimal, timestamp, date or duration is not valid.',
    remedy: 'Write it as the message shows.',
  },
  EW_VIEW_REPLAY: {
    retryable: false,
    meaning: 'A handler fails for an event that a row is made of; or a row has applied later events than a replayed one.',
    remedy: 'Mend the handler, the row was left as it is; or discard the event there and rebuild the rows.',
  },
  EW_VIEW_UNKNOWN: {
    retryable: false,
    meaning: 'The system has no such view, or it does not run here.',
    remedy: 'Use a view of a running service.',
  },
  EW_VIEW_WAITING: {
    retryable: true,
    meaning: 'A view of events of another service was never built: they have to come first, or to be sent again.',
    remedy: 'Wait, and see that the service runs that owns the events; `eventwright views status` tells how far it is.',
  },
} as const

/**
 * Every error code that Eventwright throws; docs/reference/errors.md is made from this table. Codes never change their
 * meaning.
 */
export const errorTable: typeof messageErrors & typeof otherErrors = { ...messageErrors, ...otherErrors }
