/** What may be bound by statements that both databases run. */
export type SqlParameter = string | number | null

/** Rows as arrays, in the order of the SELECT list. */
export type SqlRows = readonly (readonly unknown[])[]

/** Statements with `?` that SQLite and PostgreSQL both understand. A statement is a transaction of its own. */
export interface SqlStatements {
  /** Rows of a statement, which is prepared once. */
  all(sql: string, ...parameters: readonly SqlParameter[]): Promise<SqlRows>
  /** How many rows it changed. */
  run(sql: string, ...parameters: readonly SqlParameter[]): Promise<number>
  /** A SELECT of the elements of a JSON array of texts, which is bound as one `?`. */
  readonly textsOf: string
}

/** Time as an expression of SQL, in milliseconds, and what is bound for the `?` in it. */
export interface SqlClock {
  readonly sql: string
  readonly values: () => readonly number[]
}

/** What is locked: on SQLite nothing, since a transaction there keeps everybody else from writing. */
export interface SqlLocks {
  /** What stands behind a SELECT whose rows nobody else may change before the transaction ends. */
  readonly rows: string
  /** The same, and rows that others have locked are left out. */
  readonly freeRows: string
  /** A SELECT that waits until nobody else has a transaction under a name, its `?`; undefined if none is needed. */
  readonly name: string | undefined
}

/** Statements, the clock that rows are stamped by, and transactions of several statements. */
export interface SqlDatabase extends SqlStatements {
  readonly clock: SqlClock
  readonly locks: SqlLocks
  /** Runs the steps in one transaction. */
  transaction<T>(steps: SqlSteps<T>): Promise<T>
}

/** One statement of a transaction. */
export interface SqlStep {
  readonly sql: string
  readonly parameters: readonly SqlParameter[]
}

/**
 * The statements of a transaction, each of which may depend on what was answered before. A generator, since SQLite
 * must not wait for anything between them and PostgreSQL has to: whoever runs it decides.
 */
export type SqlSteps<T> = Generator<SqlStep, T, SqlRows>

/** One statement; answers its rows. */
export function* step(sql: string, ...parameters: readonly SqlParameter[]): SqlSteps<SqlRows> {
  return yield { sql, parameters }
}

/** What time it is in a transaction. */
export function* timeOf({ sql, values }: SqlClock): SqlSteps<number> {
  const [row] = yield* step(`select ${sql}`, ...values())
  return row![0] as number
}

/**
 * Records as the parameter of `json_each(?)`, whose rows have a `value`: as members of an object, since lists are
 * walked by it on SQLite alone.
 */
export function eachOf(records: readonly object[]): string {
  return JSON.stringify({ ...records })
}
