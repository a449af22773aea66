/** What stands between a store and the format of this release. */
export interface PendingMigrations {
  /** The name of the store. */
  readonly store: string
  /** The format that it has; 0 before the first migration. */
  readonly format: number
  readonly newestFormat: number
  /** The SQL that brings it there, to be run in this order in one transaction; empty when nothing is to do. */
  readonly statements: readonly string[]
}

/** SQL of a migration as it is shown to people: without the indentation of the source, and ended. */
export function plainScript(sql: string): string {
  const lines = sql.split('\n').filter((line) => line.trim() !== '')
  const indent = /^ */.exec(lines[0] ?? '')![0]
  const script = lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n')
  return script.endsWith(';') ? script : `${script};`
}
