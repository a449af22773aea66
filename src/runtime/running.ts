import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { AnyMessage } from '../design/definition.ts'
import type { AggregateDef } from '../design/aggregate.ts'
import type { When } from '../design/effects.ts'
import type { CommandMessage, EventMessage } from '../design/message.ts'
import type { ViewDecl } from '../design/part.ts'
import type { SystemDef } from '../design/system.ts'
import type { BrokerAdapter } from '../ports/broker-adapter.ts'
import type { RegistryAdapter } from '../ports/registry.ts'
import type { StoreAdapter } from '../ports/store.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { ViewsAdapter } from '../ports/views-apart.ts'
import type { TransactionClient } from '../ports/within.ts'
import type { AppendOptions, AppendResult } from './commands/append.ts'
import type { Attempted, Executed } from './commands/outcome.ts'
import type { CommitLimits } from './commits/limits.ts'
import type { Authorise, ExecuteOptions } from './commands/execute-options.ts'
import type { Events } from './log/events.ts'
import type { Inspect } from './inspect.ts'
import type { Keep } from './housekeeping/keep.ts'
import type { Operate } from './operate.ts'
import type { Scheduled, ScheduleOptions } from './timers/requests.ts'
import type { BuildProgress } from './views/keeper.ts'
import type { Read, RowChange, Viewed } from './views/views.ts'

/** What a system is started with. */
export interface StartOptions<S extends string = string> {
  readonly store: StoreAdapter
  /** Where messages travel; default: within the store, whose processes alone can then talk to each other. */
  readonly broker?: BrokerAdapter | undefined
  /**
   * Where the schemas of channels with `format: 'avro'` or `'protobuf'` are, for a broker outside of the store; one
   * inside it has everything as JSON. Protobuf takes its field numbers from the lock file.
   */
  readonly registry?: RegistryAdapter
  /**
   * A database for the rows of views, `mongodb(url)`; default: the store has them. Inline and live views cannot be
   * there: they stay where they are, and are refused where it names them.
   */
  readonly views?: ViewsAdapter | undefined
  /** The services to run here; default: all. Commands of other services are refused here. */
  readonly services?: readonly S[]
  /** In `dev` (the default unless NODE_ENV is production) a view whose handlers changed is rebuilt at the start. */
  readonly mode?: 'dev' | 'production'
  /**
   * The lock file, `new URL('./eventwright.lock.json', import.meta.url)`: a released event version that was changed is
   * refused in production with EW_LOCK_FILE and a warning in the log in development. Default: nothing is compared.
   */
  readonly lockFile?: string | URL
  /** Decides who may execute what; default: everybody everything. */
  readonly authorise?: Authorise
  /** Where the runtime says what an operator should know; default: nowhere. */
  readonly log?: Log
  /** Where the runtime tells what it does, `openTelemetry()`; default: nowhere, and that costs nothing. */
  readonly telemetry?: Telemetry | undefined
  readonly clock?: Clock
  /** How long a silent owner keeps its consumers; default 10,000. Another process takes over within this and 2 s. */
  readonly leaseMs?: number
  /**
   * For how long `stop` is patient, in all, with a store that is busy or away, and for four fifths of it with steps
   * that are under way; default 5,000. A step that has not ended by then has used up an attempt.
   */
  readonly stopPatienceMs?: number
  /** Breaks the start off: it stops what it has begun and rejects with the signal's reason. No use once it is done. */
  readonly signal?: AbortSignal
  /** Told how far the views are that the start waits for, each built for the first time. Default: lines in the log. */
  onProgress?(progress: BuildProgress): void
  /** Different keys of a bucket that may fail in a row before its consumer stops; default 100. */
  readonly stuckAfter?: number
  readonly limits?: Partial<CommitLimits>
  /** How long what is done with is kept; each default stands at its member. */
  readonly keep?: Keep
}

/** A value, one of several, or a range. */
export type Test<V> =
  V | { readonly in: readonly V[] } | { readonly gt?: V; readonly gte?: V; readonly lt?: V; readonly lte?: V }

/** Tests by indexed column; all must hold. */
export type Where<Row, Ix extends string> = { readonly [K in Ix & keyof Row]?: Test<NonNullable<Row[K]>> }

/** Reads of one view. Without `after` a read answers what is there now. */
export interface View<Row, Ix extends string = never> {
  /** The row of a key. Errors: EW_STALE, EW_RECEIPT_FOREIGN. */
  get(key: string, read?: Read): Promise<Viewed<Row> | undefined>
  /** All rows that match, in key order; at most 10,000, above that EW_QUERY. */
  find(where?: Where<Row, Ix>, read?: Read): Promise<Viewed<Row>[]>
  /**
   * One page in the order of an indexed column (nulls first) and of the key; `next` is the cursor of the page behind.
   */
  page(
    query: {
      readonly where?: Where<Row, Ix>
      readonly orderBy?: Ix & keyof Row
      readonly descending?: boolean
      readonly limit?: number
      readonly cursor?: string
    },
    read?: Read,
  ): Promise<{ readonly rows: Viewed<Row>[]; readonly next?: string }>
  count(where?: Where<Row, Ix>, read?: Read): Promise<number>
  /**
   * Changes from this call on, each after it was committed, by whichever process; several quick changes of a row may
   * come as one. Ends when `signal` aborts or the system stops. Error: EW_QUERY, at the first change that is asked for,
   * where queues feed the view, which keep nothing for whoever looks beside.
   */
  watch(where?: Where<Row, Ix>, options?: { readonly signal?: AbortSignal }): AsyncIterable<RowChange<Row>>
}

type Handled<N extends string, C extends string> = N extends C
  ? unknown
  : `no part of this system handles the command '${N}'`

/**
 * Commands, events and timers inside a transaction of the caller's: they are stored when he commits it, and with a
 * rollback nothing of them has ever been. What a call answers, its receipt too, holds from the COMMIT on; a read that
 * is given the receipt before waits for it.
 *
 * From the first call that writes until the end of the transaction every other append to the store waits, in all
 * processes: call it last, and commit at once. Calls go one after the other; their locks are not in the order in which
 * others take them, so with a second call the server may have to break a deadlock.
 *
 * A conflict is not tried again but EW_CONCURRENCY, and that leaves the transaction usable, as do a refusal, EW_UNIQUE
 * and EW_STORE_BUSY. Where others have committed since the snapshot of a repeatable read or serializable transaction,
 * it is EW_STORE_BUSY until that is begun anew. After EW_STORE_UNREACHABLE nothing of the transaction is stored.
 */
export interface WithTransaction<C extends string = string> extends Pick<
  Running<C>,
  'execute' | 'attempt' | 'append' | 'schedule' | 'unschedule'
> {
  /**
   * Says after the COMMIT that it was done, so that consumers of this process look at once. Without it they hear of it
   * from the server, or within some two seconds where that cannot tell (a pooler, without `listenUrl`).
   */
  committed(): void
}

/** A system that runs in this process. */
export interface Running<C extends string = string, V extends ViewDecl = ViewDecl> {
  /** Executes a command. Throws `Refused` for a declared refusal; for other errors see `Commands`. */
  execute<N extends string, R, E extends string>(
    command: CommandMessage<N, unknown, R, E> & Handled<N, C>,
    options?: ExecuteOptions,
  ): Promise<Executed<R>>
  /** The same with refusals as a value: `ok` is false and `code` one of the declared refusals. */
  attempt<N extends string, R, E extends string>(
    command: CommandMessage<N, unknown, R, E> & Handled<N, C>,
    options?: ExecuteOptions,
  ): Promise<Attempted<R, E>>
  /**
   * Appends events that no command decided about: imports, migrations. All or none; see `AppendOptions` for the errors.
   */
  append<S, E extends string>(
    aggregate: AggregateDef<string, S, E, string>,
    id: string,
    events: readonly EventMessage<E>[],
    options?: AppendOptions,
  ): Promise<AppendResult>
  /**
   * Sends a command to its service when its time has come, whichever process then runs. A key that is scheduled again
   * moves. Errors: EW_VALUE, EW_TEXT, EW_CONFIG.
   */
  schedule<N extends string>(
    command: CommandMessage<N> & Handled<N, C>,
    at: When,
    options?: ScheduleOptions,
  ): Promise<Scheduled>
  /** Gives up what a service has scheduled under a key, if it waits; what was sent stays sent. */
  unschedule(service: string, key: string): Promise<void>
  /**
   * What commits with the transaction that a client of `pg` has open on the database of the store. Stores in
   * PostgreSQL only: EW_TRANSACTION_UNSUPPORTED. Its calls reject by EW_TRANSACTION where the client has no open
   * transaction, one that has failed or only reads, or another database.
   */
  withTransaction(client: TransactionClient): WithTransaction<C>
  readonly views: { readonly [X in V as X['name']]: View<X['~row'], X['~index']> }
  /** Reads of the events themselves. */
  readonly events: Events
  /** What an operator sees. */
  readonly inspect: Inspect
  /** What an operator does. */
  readonly operate: Operate
  /**
   * Resolves once every consumer here has applied all there is and nothing is in flight; false when the time is over
   * first.
   */
  caughtUp(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<boolean>
  /**
   * Refuses new commands, finishes what is in flight, steps of sagas too, gives up ownership, closes the store. May be
   * called again. It is patient for `stopPatienceMs` in all; with a store that is busy or away commands in flight are
   * told so then, and leases end by themselves.
   */
  stop(): Promise<void>
}

/** Starts a system: opens the store, resumes consumers, waits for new views to be built. */
export interface Start {
  <S extends string, C extends string, V extends ViewDecl>(
    system: SystemDef<string, S, C, V>,
    options: StartOptions<NoInfer<S>>,
  ): Promise<Running<C, V>>
}

/** Thrown by `execute` for a declared refusal: an answer, not a failure. */
export class Refused<E extends string = string> extends Error {
  override readonly name = 'Refused'
  /** One of the codes that the command declares. */
  readonly code: E
  readonly detail: string | undefined
  /** The refused command's type. */
  readonly command: string

  constructor(command: string, code: E, detail?: string) {
    super(`${command} was refused: ${code}${detail === undefined ? '' : ` (${detail})`}`)
    this.command = command
    this.code = code
    this.detail = detail
  }
}

/** True for a refusal of this command, whose `code` is then one of its declared codes. */
export function isRefused<C extends AnyMessage & { readonly '~refusals': string }>(
  error: unknown,
  command: C,
): error is Refused<C['~refusals']> {
  return error instanceof Refused && error.command === command.type
}
