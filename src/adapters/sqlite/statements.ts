import type { HeadAccess } from '../sql/parked-heads.ts'
import type { SqlDatabase, SqlLocks, SqlSteps } from '../sql/statements.ts'
import type { SqliteConnection } from './driver.ts'

const textsOf = 'select value from json_each(?)'
// A transaction keeps everybody else from writing.
const locks: SqlLocks = { rows: '', freeRows: '', name: undefined }

/** What writes of heads need to know of SQLite. */
export const headAccess: HeadAccess = { locks, textsOf }

/** A connection for what both databases run. A file has no clock: `now` is the machine's, which all processes share. */
export function sqliteDatabase(connection: SqliteConnection, now: () => number): SqlDatabase {
  return {
    all: async (sql, ...parameters) => connection.prepare(sql).all(...parameters),
    run: async (sql, ...parameters) => connection.prepare(sql).run(...parameters),
    textsOf,
    clock: { sql: '?', values: () => [now()] },
    locks,
    transaction: async (steps) => connection.transaction(() => runSteps(connection, steps)),
  }
}

/** Runs the steps in the transaction that the connection is in. */
export function runSteps<T>(connection: SqliteConnection, steps: SqlSteps<T>): T {
  let next = steps.next()
  while (next.done !== true) {
    const { sql, parameters } = next.value
    next = steps.next(connection.prepare(sql).all(...parameters))
  }
  return next.value
}
