import type { Pool } from 'pg'
import { isEventwrightError } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { ClientResult, TransactionClient } from '../../ports/within.ts'
import type { SqlStatements } from '../sql/statements.ts'
import { describeUrl, loadDriver, poolConfig, types } from './connect.ts'
import { storeFault } from './faults.ts'
import type { DriverOptions } from './settings.ts'
import { numbered, qualified } from './sql-text.ts'

/** What may be bound. Arrays are those of PostgreSQL; everything else travels as text. */
export type Parameter = string | number | bigint | boolean | null | Uint8Array | readonly (number | string | null)[]

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
  readonly #pool: Pool
  readonly #prepare: boolean
  readonly #texts = new Map<string, { readonly name: string; readonly text: string }>()

  private constructor(pool: Pool, { url, schema, prepare }: DriverOptions) {
    this.#pool = pool
    this.#prepare = prepare
    this.schema = schema
    this.name = describeUrl(url, schema)
  }

  /** Nothing is connected before the first statement. Error: EW_DRIVER_MISSING. */
  static async create(options: DriverOptions): Promise<PostgresDriver> {
    const pg = await loadDriver()
    const pool = new pg.Pool(poolConfig(options))
    // A connection that breaks while it is idle is replaced; whoever asks next hears what is wrong.
    pool.on('error', () => undefined)
    // One that breaks between two statements of a transaction is told by the second; unheard, it would end the process.
    pool.on('connect', (client) => client.on('error', () => undefined))
    return new PostgresDriver(pool, options)
  }

  all(sql: string, ...parameters: readonly Parameter[]): Promise<Rows> {
    return this.#send(this.#pool, sql, parameters).then(({ rows }) => rows)
  }

  run(sql: string, ...parameters: readonly Parameter[]): Promise<number> {
    return this.#send(this.#pool, sql, parameters).then(({ rowCount }) => rowCount ?? 0)
  }

  once(sql: string, parameters: readonly Parameter[]): ReturnType<Statements['once']> {
    return this.#sendOnce(this.#pool, sql, parameters)
  }

  /** Runs the work in one transaction on one connection; `begin` says of which kind, else it is a brief one. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>, begin: string = brief): Promise<T> {
    const client = await this.#guarded(() => this.#pool.connect())
    let broken: Error | undefined
    try {
      await this.#guarded(() => client.query(begin))
      const result = await work(this.#on(client))
      await this.#guarded(() => client.query('commit'))
      return result
    } catch (error) {
      // Where nobody answered, nobody would answer that either; a connection that ends is rolled back.
      if (isEventwrightError(error, 'EW_STORE_UNREACHABLE')) broken = error
      else await client.query('rollback').catch((failed: Error) => (broken = failed))
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** Statements on a connection of somebody else, on which nothing is prepared. */
  borrowed(client: TransactionClient): Transaction {
    return this.#on(client, false)
  }

  /** Waits for what is in flight, then closes every connection. */
  async close(): Promise<void> {
    await this.#pool.end()
  }

  #on(client: TransactionClient, prepare = this.#prepare): Transaction {
    return {
      script: (sql) => this.#guarded(async () => void (await client.query({ text: sql, values: [], rowMode, types }))),
      textsOf,
      all: (sql, ...parameters) => this.#send(client, sql, parameters, prepare).then(({ rows }) => rows),
      run: (sql, ...parameters) => this.#send(client, sql, parameters, prepare).then(({ rowCount }) => rowCount ?? 0),
      once: (sql, parameters) => this.#sendOnce(client, sql, parameters),
    }
  }

  #send(
    on: TransactionClient,
    sql: string,
    parameters: readonly Parameter[],
    prepare = this.#prepare,
  ): Promise<ClientResult> {
    const { name, text } = this.#textOf(sql)
    const values = parameters as unknown[]
    return this.#guarded(() => on.query({ ...(prepare && { name }), text, values, rowMode, types }))
  }

  async #sendOnce(
    on: TransactionClient,
    sql: string,
    parameters: readonly Parameter[],
  ): Promise<{ readonly names: readonly string[]; readonly rows: Rows }> {
    const values = parameters as unknown[]
    const result = await this.#guarded(() => on.query({ text: sql, values, rowMode, types }))
    return { names: result.fields.map(({ name }) => name), rows: result.rows }
  }

  #textOf(sql: string): { readonly name: string; readonly text: string } {
    let known = this.#texts.get(sql)
    if (known === undefined) {
      // Behind a pooler a connection may have been prepared by another process, so equal names need equal texts.
      const text = qualified(numbered(sql), this.schema)
      this.#texts.set(sql, (known = { name: `ew_${fingerprint(text)}`, text }))
    }
    return known
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeFault(error, this.name)
    }
  }
}
