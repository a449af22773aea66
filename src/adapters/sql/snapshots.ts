import type { SnapshotTable } from '../../ports/snapshots.ts'
import type { SqlStatements } from './statements.ts'

/** Reads of stored folds, and their removal. */
export function snapshotTable(statements: SqlStatements): SnapshotTable {
  return {
    async get(stream, identity) {
      const [row] = await statements.all(
        'select version, state from ew_snapshots where identity = ? and stream = ?',
        identity,
        stream,
      )
      return row && { version: row[0] as number, state: row[1] as string }
    },
    async sample(identity, limit) {
      const rows = await statements.all(
        'select stream, version, state from ew_snapshots where identity = ? order by stream limit ?',
        identity,
        limit,
      )
      return rows.map((row) => ({ stream: row[0] as string, version: row[1] as number, state: row[2] as string }))
    },
    async drop(identity) {
      await statements.run('delete from ew_snapshots where identity = ?', identity)
    },
  }
}
