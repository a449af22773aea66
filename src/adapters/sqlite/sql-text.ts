import { bareSql } from '../sql/recorded-sql.ts'

/** How many `?` a statement has, outside of texts, names and comments. */
export function parameterCount(sql: string): number {
  return (bareSql(sql).match(/\?/g) ?? []).length
}
