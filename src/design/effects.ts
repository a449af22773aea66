import type { Duration, Timestamp } from '../schema/field.ts'
import type { Rejection } from './decision.ts'
import type { CommandMessage } from './message.ts'
import type { CommandMeta, Meta } from './meta.ts'

/** How often and how soon something is tried again. */
export interface Retry {
  /** Attempts in all, the first included. */
  readonly maxAttempts?: number | 'forever'
  /** Wait before the second attempt. */
  readonly initial?: Duration
  /** Each further wait is this many times the one before. */
  readonly factor?: number
  /** The longest wait. */
  readonly max?: Duration
}

/** SQL that is recorded now and run inside the commit, after the rows. */
export interface Recording {
  /** Error, at the commit: EW_SQL_UNSUPPORTED on stores without SQL. */
  run(sql: string, params?: readonly unknown[]): void
}

/** Recorded SQL, and reads before the commit. */
export interface Tx extends Recording {
  /** Rows as they are committed now; what `run` has recorded is not in them. */
  query<R = unknown>(sql: string, params?: readonly unknown[]): Promise<readonly R[]>
}

/** An instant, as `Date` or ISO text, or a time from now on such as `'24h'`; both on the database's clock. */
export type When = Date | Timestamp | Duration

/** Timers that outlive the process: they are recorded, and commit with the handler. */
export interface Scheduling {
  /**
   * Records a command to be sent, as `send` does, when its time has come; one that is over means at once. The key is the
   * service's own: scheduling it again moves the timer and replaces its command. Errors: EW_VALUE, EW_TEXT.
   */
  schedule(command: CommandMessage, at: When, options?: { readonly key?: string }): void
  /** Records that the timer of that key is given up, if it waits; what was sent stays sent. */
  unschedule(key: string): void
}

/** What a handler with effects gets beside its data. */
export interface Effects extends Scheduling {
  /** The same for every attempt: pass it on as idempotency key to whatever is outside the database. */
  readonly key: string
  /** Aborted when the consumer is stopped or has lost its place. */
  readonly signal: AbortSignal
  readonly tx: Tx
  /** Records a command to be delivered at least once, in the commit of this handler. */
  send(command: CommandMessage): void
}

/** Effects of a subscription. */
export interface EventEffects extends Effects {
  readonly meta: Meta
  /**
   * Executes a command of this process in a unit of its own, idempotent under the constant key: a repeated delivery
   * gets the first outcome. Answers the reply, or the refusal as a value (`isRejection`).
   */
  execute<R, E extends string>(command: CommandMessage<string, unknown, R, E>): Promise<R | Rejection<E>>
}

/** Effects of a command handler. */
export interface CommandEffects extends Effects {
  readonly meta: CommandMeta
}
