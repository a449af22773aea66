import type { SqlDatabase, SqlLocks, SqlSteps } from '../sql/statements.ts'
import type { PostgresDriver, Statements } from './driver.ts'

/** What waits for others, and what does not. */
export const locks: SqlLocks = {
  rows: ' for update',
  freeRows: ' for update skip locked',
  name: 'select pg_advisory_xact_lock(hashtextextended(?, 0))',
}

/** The connections for what both databases run. */
export function postgresDatabase(driver: PostgresDriver): SqlDatabase {
  return {
    all: (sql, ...parameters) => driver.all(sql, ...parameters),
    run: (sql, ...parameters) => driver.run(sql, ...parameters),
    textsOf: driver.textsOf,
    // A subquery is asked once, the function itself for every row.
    clock: { sql: '(select ew_now())', values: () => [] },
    locks,
    transaction: (steps) => driver.transaction((transaction) => runSteps(transaction, steps)),
  }
}

/** Runs the steps in the transaction of the statements. */
export async function runSteps<T>(statements: Statements, steps: SqlSteps<T>): Promise<T> {
  let next = steps.next()
  while (next.done !== true) {
    const { sql, parameters } = next.value
    next = steps.next(await statements.all(sql, ...parameters))
  }
  return next.value
}
