import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { failure } from '../../base/errors.ts'
import { describeKind } from '../../base/json-value.ts'
import { storeFault } from './faults.ts'
import { parameterCount } from './sql-text.ts'

/** What may be bound: the driver would take other values for something else, silently. */
export type Parameter = string | number | bigint | null | Uint8Array

const noBytes = new Uint8Array(1).subarray(1)

/** The bytes as they must be bound: Node.js 22 takes some empty arrays for NULL. */
export function boundBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? noBytes : bytes
}

/** How a connection is opened. */
export interface ConnectionOptions {
  readonly readOnly?: boolean
  /** How long a call waits, standing still, for another process. */
  readonly busyTimeoutMs: number
}

/**
 * A prepared statement. Rows are arrays. Counts and types of parameters are checked, since the driver binds NULL for
 * what it does not know.
 */
export interface SqliteStatement {
  /** Runs it and answers how many rows it changed. */
  run(...parameters: Parameter[]): number
  get(...parameters: Parameter[]): readonly unknown[] | undefined
  all(...parameters: Parameter[]): readonly (readonly unknown[])[]
}

/** One connection to one file: prepared statements that are kept, transactions, and errors in our own words. */
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #file: string
  readonly #statements = new Map<string, SqliteStatement>()
  readonly #begin: SqliteStatement
  readonly #commit: SqliteStatement

  constructor(
    sqlite: typeof import('node:sqlite'),
    file: string,
    { readOnly = false, busyTimeoutMs }: ConnectionOptions,
  ) {
    this.#file = file
    try {
      this.#database = new sqlite.DatabaseSync(file, { readOnly, timeout: busyTimeoutMs })
    } catch (error) {
      throw storeFault(error, file)
    }
    this.#begin = this.prepare('begin immediate')
    this.#commit = this.prepare('commit')
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    try {
      this.#database.exec(sql)
    } catch (error) {
      throw storeFault(error, this.#file)
    }
  }

  /** The statement, prepared once and kept: only for texts of our own, which are few. */
  prepare(sql: string, { bigints = false }: { readonly bigints?: boolean } = {}): SqliteStatement {
    const name = bigints ? `bigints ${sql}` : sql
    let statement = this.#statements.get(name)
    if (statement === undefined) {
      if (this.#statements.size >= keptStatements) this.#statements.delete(this.#statements.keys().next().value!)
      statement = this.prepareOnce(sql, { bigints })
      this.#statements.set(name, statement)
    }
    return statement
  }

  /** A statement that is not kept. */
  prepareOnce(sql: string, { bigints = false }: { readonly bigints?: boolean } = {}): SqliteStatement {
    const statement = this.#raw(sql)
    statement.setReturnArrays(true)
    if (bigints) statement.setReadBigInts(true)
    return checked(statement, parameterCount(sql), sql, this.#file)
  }

  /** All rows of a statement as objects with the columns' names; integers are bigints. */
  objects(sql: string, parameters: readonly Parameter[]): readonly Readonly<Record<string, unknown>>[] {
    const statement = this.#raw(sql)
    statement.setReadBigInts(true)
    refuseWrong(parameters, parameterCount(sql), sql)
    try {
      return statement.all(...parameters) as Record<string, unknown>[]
    } catch (error) {
      throw storeFault(error, this.#file)
    }
  }

  /** Runs the work in a transaction that holds the write lock from its start; EW_STORE_BUSY when others hold it. */
  transaction<T>(work: () => T): T {
    this.#begin.run()
    try {
      const result = work()
      this.#commit.run()
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  /** Reads that see one state of the file, whatever others commit meanwhile. */
  snapshot<T>(work: () => T): T {
    this.exec('begin')
    try {
      return work()
    } finally {
      this.#rollback()
    }
  }

  /** The first value of a pragma. */
  pragma(text: string): unknown {
    return this.prepare(`pragma ${text}`).get()?.[0]
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #rollback(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('rollback')
    } catch {
      // What went wrong before says more; a connection that cannot even roll back fails again at its next call.
    }
  }

  #raw(sql: string): StatementSync {
    try {
      return this.#database.prepare(sql)
    } catch (error) {
      throw storeFault(error, this.#file)
    }
  }
}

const keptStatements = 500

function checked(statement: StatementSync, count: number, sql: string, file: string): SqliteStatement {
  return {
    run(...parameters) {
      refuseWrong(parameters, count, sql)
      try {
        return statement.run(...parameters).changes as number
      } catch (error) {
        throw storeFault(error, file)
      }
    },
    get(...parameters) {
      refuseWrong(parameters, count, sql)
      try {
        return statement.get(...parameters) as unknown as readonly unknown[] | undefined
      } catch (error) {
        throw storeFault(error, file)
      }
    },
    all(...parameters) {
      refuseWrong(parameters, count, sql)
      try {
        return statement.all(...parameters) as unknown as readonly (readonly unknown[])[]
      } catch (error) {
        throw storeFault(error, file)
      }
    },
  }
}

function refuseWrong(parameters: readonly Parameter[], count: number, sql: string): void {
  if (parameters.length !== count) {
    throw failure(
      'EW_SQL',
      `The statement takes ${count} parameters and got ${parameters.length}: ${sql.slice(0, 200)}.`,
    )
  }
  for (let index = 0; index < count; index++) {
    if (isBindable(parameters[index])) continue
    const what = describeKind(parameters[index])
    throw failure('EW_SQL', `Parameter ${index + 1} is ${what}, which SQLite cannot hold: ${sql.slice(0, 200)}.`)
  }
}

function isBindable(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'bigint':
      return BigInt.asIntN(64, value) === value
    default:
      return value === null || value instanceof Uint8Array
  }
}
