import type { SnapshotTable } from '../../ports/snapshots.ts'
import type { SqlStatements } from './statements.ts'

/** They are found by identity, of which there are few: a search for the stream alone would read all of them. */
const forget = `
  with recursive known (identity) as (
    select min(identity) from ew_snapshots
    union all
    select (select min(s.identity) from ew_snapshots s where s.identity > k.identity) from known k
     where k.identity is not null)
  delete from ew_snapshots where identity in (select identity from known where identity is not null) and stream = ?`

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
    forget: (stream) => statements.run(forget, stream),
  }
}
