import type { SqlParameter } from './statements.ts'

/** The conditions whose values are there, as a `where`, and these values. */
export function conditions(tests: readonly (readonly [sql: string, ...values: (SqlParameter | undefined)[]])[]): {
  readonly sql: string
  readonly values: readonly SqlParameter[]
} {
  const given = tests.filter(([, value]) => value !== undefined)
  const sql = given.map(([test]) => test).join(' and ')
  return { sql: sql && ` where ${sql}`, values: given.flatMap(([, ...values]) => values as SqlParameter[]) }
}
