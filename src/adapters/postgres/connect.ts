import type { ClientConfig, CustomTypesConfig, PoolConfig } from 'pg'
import { failure } from '../../base/errors.ts'
import type { DriverOptions } from './settings.ts'

/** The package `pg`, which the user installs. Error: EW_DRIVER_MISSING. */
export async function loadDriver(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (cause) {
    throw failure('EW_DRIVER_MISSING', 'The package pg is not installed, and a store in PostgreSQL needs it.', {
      cause,
    })
  }
}

const longestTimerMs = 2_147_483_647

/** How one connection is made; times are limits of the session, so that no statement waits for ever. */
export function clientConfig(options: DriverOptions): ClientConfig {
  const { url, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = options
  return {
    connectionString: url,
    application_name: 'eventwright',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // The server ends it before, unless it is gone without a word.
    query_timeout: Math.min(statementTimeoutMs + connectTimeoutMs, longestTimerMs),
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
  }
}

/** How the pool is made. */
export function poolConfig(options: DriverOptions): PoolConfig {
  return { ...clientConfig(options), max: options.poolSize, idleTimeoutMillis: 30_000, allowExitOnIdle: true }
}

/** Host, database and schema, never a password. */
export function describeUrl(url: string, schema: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `postgres ${host}${pathname}${schema === 'eventwright' ? '' : ` (schema ${schema})`}`
  } catch {
    return `postgres (schema ${schema})`
  }
}

const int2 = 21
const int4 = 23
const int8 = 20
const oid = 26
const float4 = 700
const float8 = 701
const bool = 16
const bytea = 17
const int8Array = 1016

const parsers: Readonly<Record<number, (value: string) => unknown>> = {
  [int2]: Number,
  [int4]: Number,
  [oid]: Number,
  [float4]: Number,
  [float8]: Number,
  // Positions, versions and times are safe integers; what is wider stays text, so that nothing is rounded.
  [int8]: (value) => (value.length < 16 || Number.isSafeInteger(Number(value)) ? Number(value) : value),
  [bool]: (value) => value === 't',
  [bytea]: (value) => new Uint8Array(Buffer.from(value.slice(2), 'hex')),
  [int8Array]: (value) => (value === '{}' ? [] : value.slice(1, -1).split(',').map(Number)),
}
const asText = (value: string): string => value

/** Own parsers on every statement: those of the driver are settings of the whole process, which others change. */
export const types: CustomTypesConfig = {
  getTypeParser: (type: number) => parsers[type] ?? asText,
}
