import type { SnapshotTable } from '../../ports/snapshots.ts'
import type { SqliteConnection } from './driver.ts'

/** Reads of stored folds, and their removal. */
export function sqliteSnapshots(connection: SqliteConnection): SnapshotTable {
  const get = connection.prepare('select version, state from ew_snapshots where identity = ? and stream = ?')
  const sample = connection.prepare(
    'select stream, version, state from ew_snapshots where identity = ? order by stream limit ?',
  )
  const drop = connection.prepare('delete from ew_snapshots where identity = ?')
  return {
    async get(stream, identity) {
      const row = get.get(identity, stream)
      return row && { version: row[0] as number, state: row[1] as string }
    },
    async sample(identity, limit) {
      return sample
        .all(identity, limit)
        .map((row) => ({ stream: row[0] as string, version: row[1] as number, state: row[2] as string }))
    },
    async drop(identity) {
      connection.transaction(() => drop.run(identity))
    },
  }
}
