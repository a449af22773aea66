import type { PoolClient } from 'pg'
import { isEventwrightError } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { ClientResult, TransactionClient } from '../../ports/within.ts'
import type { SqlStatements } from '../sql/statements.ts'
import { describeUrl, loadDriver, poolConfig, types } from './connect.ts'
import { Connections } from './connections.ts'
import { storeFault } from './faults.ts'
import { callPrepared, type Answered, type Parameter, type Prepared } from './prepared-call.ts'
import type { DriverOptions } from './settings.ts'
import { numbered, qualified } from './sql-text.ts'

/** Rows as arrays: numbers as numbers where they are exact, everything else as the database writes it. */
export type Rows = readonly (readonly unknown[])[]

/**
 * Statements on one connection or on any connection of a pool. Parameters are `?`; tables and functions of the engine
 * are named without their schema.
 */
export interface Statements extends SqlStatements {
  /** Rows of a statement of our own, which is prepared once on each connection. */
  all(sql: string, ...parameters: readonly Parameter[]): Promise<Rows>
  run(sql: string, ...parameters: readonly Parameter[]): Promise<number>
  /** A statement with `$1` that is not kept, such as one of a user. Answers the names of its columns too. */
  once(
    sql: string,
    parameters: readonly Parameter[],
  ): Promise<{ readonly names: readonly string[]; readonly rows: Rows }>
}

const rowMode = 'array'
const textsOf = 'select value from json_array_elements_text(?::json) as texts (value)'

// Nothing but our own code stands between two statements, so whoever is idle for long was stopped, and everybody else
// waits for his locks: the server takes them back before others would have to give up.
const brief = `begin; set local idle_in_transaction_session_timeout = '2s'`

/** Statements that see one transaction. */
export interface Transaction extends Statements {
  /** Runs several statements without parameters, as they are. */
  script(sql: string): Promise<void>
}

/** The connections to one database: a pool of them, errors in our own words, and the schema in every statement. */
export class PostgresDriver implements Statements {
  readonly textsOf: string = textsOf
  readonly name: string
  readonly schema: string
  readonly #connections: Connections
  readonly #prepare: boolean
  readonly #texts = new Map<string, Prepared>()

  private constructor(connections: Connections, { url, schema, prepare }: DriverOptions) {
    this.#connections = connections
    this.#prepare = prepare
    this.schema = schema
    this.name = describeUrl(url, schema)
  }

  /** Nothing is connected before the first statement. Error: EW_DRIVER_MISSING. */
  static async create(options: DriverOptions): Promise<PostgresDriver> {
    const { Pool } = await loadDriver()
    return new PostgresDriver(new Connections(new Pool(poolConfig(options))), options)
  }

  all(sql: string, ...parameters: readonly Parameter[]): Promise<Rows> {
    return this.#onAny((client) => this.#call(client, sql, parameters), rowsOf)
  }

  run(sql: string, ...parameters: readonly Parameter[]): Promise<number> {
    return this.#onAny((client) => this.#call(client, sql, parameters), countOf)
  }

  once(sql: string, parameters: readonly Parameter[]): ReturnType<Statements['once']> {
    return this.#onAny((client) => callOnce(client, sql, parameters), withNames)
  }

  /** Runs the work in one transaction on one connection; `begin` says of which kind, else it is a brief one. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>, begin: string = brief): Promise<T> {
    const client = await this.#guarded(() => this.#connections.take())
    let broken: Error | undefined
    try {
      await this.#guarded(() => client.query(begin))
      const result = await work(this.#on(client, (sql, parameters) => this.#call(client, sql, parameters)))
      await this.#guarded(() => client.query('commit'))
      return result
    } catch (error) {
      // Where nobody answered, nobody would answer that either; a connection that ends is rolled back.
      if (isEventwrightError(error, 'EW_STORE_UNREACHABLE')) broken = error
      else await client.query('rollback').catch((failed: Error) => (broken = failed))
      throw error
    } finally {
      this.#connections.give(client, broken)
    }
  }

  /** Statements on a connection of somebody else, on which nothing is prepared. */
  borrowed(client: TransactionClient): Transaction {
    return this.#on(client, (sql, parameters) => callOnce(client, this.#textOf(sql).text, parameters))
  }

  /** Waits for what is in flight, then closes every connection. */
  async close(): Promise<void> {
    await this.#connections.close()
  }

  #on(
    client: TransactionClient,
    call: (sql: string, parameters: readonly Parameter[]) => Promise<Answered>,
  ): Transaction {
    const guarded: typeof call = (sql, parameters) => this.#guarded(() => call(sql, parameters))
    return {
      script: (sql) => this.#guarded(async () => void (await client.query({ text: sql, values: [], rowMode, types }))),
      textsOf,
      all: (sql, ...parameters) => guarded(sql, parameters).then(rowsOf),
      run: (sql, ...parameters) => guarded(sql, parameters).then(countOf),
      once: (sql, parameters) => this.#guarded(() => callOnce(client, sql, parameters)).then(withNames),
    }
  }

  #call(client: PoolClient, sql: string, parameters: readonly Parameter[]): Promise<Answered> {
    const statement = this.#textOf(sql)
    return this.#prepare ? callPrepared(client, statement, parameters) : callOnce(client, statement.text, parameters)
  }

  #textOf(sql: string): Prepared {
    let known = this.#texts.get(sql)
    if (known === undefined) {
      // Behind a pooler a connection may have been prepared by another process, so equal names need equal texts.
      const text = qualified(numbered(sql), this.schema)
      this.#texts.set(sql, (known = { name: `ew_${fingerprint(text)}`, text }))
    }
    return known
  }

  /** One statement on any connection, which is closed after an error, whatever that was. */
  async #onAny<T, R>(work: (client: PoolClient) => Promise<T>, resultOf: (answered: T) => R): Promise<R> {
    try {
      const taken = this.#connections.take()
      const client = taken instanceof Promise ? await taken : taken
      let answered: T
      try {
        answered = await work(client)
      } catch (error) {
        this.#connections.give(client, error as Error)
        throw error
      }
      this.#connections.give(client)
      return resultOf(answered)
    } catch (error) {
      throw storeFault(error, this.name)
    }
  }

  async #guarded<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeFault(error, this.name)
    }
  }
}

/** A statement that is not kept. */
async function callOnce(
  on: TransactionClient,
  text: string,
  parameters: readonly Parameter[],
): Promise<Answered & Pick<ClientResult, 'fields'>> {
  const { rows, rowCount, fields } = await on.query({ text, values: parameters as unknown[], rowMode, types })
  return { rows, count: rowCount ?? 0, fields }
}

function rowsOf({ rows }: Answered): Rows {
  return rows
}

function countOf({ count }: Answered): number {
  return count
}

function withNames({ rows, fields }: Pick<ClientResult, 'rows' | 'fields'>): Awaited<ReturnType<Statements['once']>> {
  return { rows, names: fields.map(({ name }) => name) }
}
