import { quotedName } from '../sql/dialect.ts'

const placeholders = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g
const tables =
  'store head streams events ownership inbox parked_keys parked_events parked_actions snapshots views view_tables sequences ' +
  'outbox sagas mail timers channels partitions messages correlations'
const functions = 'now commit_\\d+ publish_\\d+'
const engineNames = new RegExp(`\\bew_(?:${`${tables} ${functions}`.replaceAll(' ', '|')})\\b(?!\\.)`, 'g')

/** The statement with `$1`, `$2` in place of its `?`, those in texts and quoted names left alone. */
export function numbered(sql: string): string {
  let count = 0
  return sql.replace(placeholders, (found) => (found === '?' ? `$${++count}` : found))
}

/**
 * The statement with the schema before every table and function of the engine: a search path would be a setting of the
 * session, which is not one's own behind a pooler.
 */
export function qualified(sql: string, schema: string): string {
  return sql.replace(engineNames, (name) => `${quotedName(schema)}.${name}`)
}
