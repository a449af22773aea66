import { errorText } from '../../base/error-text.ts'
import { failure } from '../../base/errors.ts'
import type { Statement } from '../../ports/unit-of-work.ts'
import { checkRecordedSql } from '../sql/recorded-sql.ts'
import { boundBytes, type Parameter, type SqliteConnection } from './driver.ts'
import { sqliteCode } from './faults.ts'

/**
 * Runs what handlers recorded. Errors: EW_SQL for what SQLite says is wrong with a statement; others are the store's
 * own.
 */
export function runRecorded(connection: SqliteConnection, statements: readonly Statement[]): void {
  for (const { sql, params } of statements) {
    checkRecordedSql(sql)
    asSqlFault(sql, () => connection.prepareOnce(sql).run(...params.map(bindable)))
  }
}

/** Rows of a statement that only reads. Integers that JavaScript numbers cannot hold are bigints. */
export function runQuery(
  connection: SqliteConnection,
  sql: string,
  params: readonly unknown[],
): readonly Readonly<Record<string, unknown>>[] {
  const rows = asSqlFault(sql, () => connection.objects(sql, params.map(bindable)))
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, smallest(value)])))
}

/** Whole numbers are bound as integers: as REAL, the driver's choice, `?` in an expression would print 1.0. */
function bindable(value: unknown): Parameter {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (value instanceof Uint8Array) return boundBytes(value)
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : (value as Parameter)
}

function smallest(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

// Errors of the statement itself: SQL logic, constraint, type mismatch, range, misuse, read-only connection.
const ofTheStatement = new Set([1, 8, 19, 20, 21, 25])

function asSqlFault<T>(sql: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const code = sqliteCode(error)
    if (code === undefined || !ofTheStatement.has(code & 0xff)) throw error
    const cause = error instanceof Error ? (error.cause ?? error) : error
    const said = errorText(cause)
    throw failure('EW_SQL', `SQLite refused the statement ${sql.slice(0, 200)}: ${said}.`, { cause })
  }
}
