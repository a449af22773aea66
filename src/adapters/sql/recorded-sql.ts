import { failure } from '../../base/errors.ts'

const opaque = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g
const mayStart = /^\s*(select|with|insert|update|delete|replace|create|alter|drop|values)\b/i

/**
 * Refuses, by EW_SQL, what a handler's statement must not be: more than one statement, one that would end or leave the
 * transaction (BEGIN, COMMIT, PRAGMA, ATTACH, SET …), one with parameters of another kind than the database's (`?`, or
 * `$1` where they are numbered), one that names a table of the engine (`ew_…`; the tables of views have other names).
 */
export function checkRecordedSql(sql: string, { numbered = false }: { readonly numbered?: boolean } = {}): void {
  const text = bareSql(sql)
  const refuse = (problem: string): never => {
    throw failure('EW_SQL', `A recorded statement ${problem}: ${sql.slice(0, 200)}.`)
  }
  if (!mayStart.test(text))
    refuse('must begin with SELECT, WITH, VALUES, INSERT, UPDATE, DELETE, REPLACE, CREATE, ALTER or DROP')
  if (/;\s*\S/.test(text)) refuse('must be a single statement')
  if (!numbered && /\?\d|[:@$][A-Za-z_]/.test(text)) refuse('can have parameters only as ?')
  // Quoted names count as well, so this looks at the text with its quotes.
  if (/\bew_/i.test(sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' '))) {
    refuse('names a table of the engine (ew_…), which only the engine may touch')
  }
}

/** The statement without its texts, quoted names and comments. */
export function bareSql(sql: string): string {
  return sql.replace(opaque, ' ')
}
