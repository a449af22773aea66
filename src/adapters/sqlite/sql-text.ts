import { failure } from '../../base/errors.ts'

const opaque = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g
const mayStart = /^\s*(select|with|insert|update|delete|replace|create|alter|drop|values)\b/i

/** How many `?` a statement has, outside of texts, names and comments. */
export function parameterCount(sql: string): number {
  return (bare(sql).match(/\?/g) ?? []).length
}

/**
 * Refuses, by EW_SQL, what a handler's statement must not be: more than one statement, one that would end or leave the
 * transaction (BEGIN, COMMIT, PRAGMA, ATTACH …), one with other parameters than `?`, one that names a table of the
 * engine (`ew_…`; the tables of views have other names).
 */
export function checkRecordedSql(sql: string): void {
  const text = bare(sql)
  const refuse = (problem: string): never => {
    throw failure('EW_SQL', `A recorded statement ${problem}: ${sql.slice(0, 200)}.`)
  }
  if (!mayStart.test(text))
    refuse('must begin with SELECT, WITH, VALUES, INSERT, UPDATE, DELETE, REPLACE, CREATE, ALTER or DROP')
  if (/;\s*\S/.test(text)) refuse('must be a single statement')
  if (/\?\d|[:@$][A-Za-z_]/.test(text)) refuse('can have parameters only as ?')
  // Quoted names count as well, so this looks at the text with its quotes.
  if (/\bew_/i.test(sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' '))) {
    refuse('names a table of the engine (ew_…), which only the engine may touch')
  }
}

function bare(sql: string): string {
  return sql.replace(opaque, ' ')
}
