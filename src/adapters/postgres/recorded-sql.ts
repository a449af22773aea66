import { errorText } from '../../base/error-text.ts'
import { failure } from '../../base/errors.ts'
import type { Statement } from '../../ports/unit-of-work.ts'
import { checkRecordedSql } from '../sql/recorded-sql.ts'
import type { Statements } from './driver.ts'
import { sqlState } from './faults.ts'
import type { Parameter } from './prepared-call.ts'

/** Runs what handlers recorded. Error: EW_SQL for what PostgreSQL says is wrong with a statement. */
export async function runRecorded(statements: Statements, recorded: readonly Statement[]): Promise<void> {
  for (const { sql, params } of recorded) {
    checkRecordedSql(sql, { numbered: true })
    await asSqlFault(sql, () => statements.once(sql, params.map(bindable)))
  }
}

/** Rows of a statement that only reads. Integers that JavaScript numbers cannot hold are bigints. */
export async function runQuery(
  statements: Statements,
  sql: string,
  params: readonly unknown[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { names, rows } = await asSqlFault(sql, () => statements.once(sql, params.map(bindable)))
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])))
}

function bindable(value: unknown): Parameter {
  const isPlain = value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
  if (isPlain || value instanceof Uint8Array) return value as Parameter
  throw failure('EW_SQL', `A parameter of a recorded statement is ${typeof value}, which cannot be bound.`)
}

// Classes of errors of the statement itself: syntax and names, data, constraints, what is not allowed or not supported.
const ofTheStatement = ['42', '22', '23', '21', '0A', '25', '2B', '44']
// The server has ended the transaction for its time, whatever statement stood in it.
const ofTheTransaction = ['25P03', '25P04']

async function asSqlFault<T>(sql: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const state = sqlState(error)
    if (state === undefined || !ofTheStatement.includes(state.slice(0, 2))) throw error
    if (ofTheTransaction.includes(state)) throw error
    const cause = error instanceof Error ? (error.cause ?? error) : error
    throw failure('EW_SQL', `PostgreSQL refused the statement ${sql.slice(0, 200)}: ${errorText(cause)}.`, { cause })
  }
}
