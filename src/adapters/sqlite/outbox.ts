import type { OutboxRow, OutboxTable } from '../../ports/outbox.ts'
import type { SqliteConnection } from './driver.ts'
import { Sequence } from './sequence.ts'

/** Reads of what units have sent, and its upkeep. */
export function sqliteOutbox(connection: SqliteConnection): OutboxTable {
  const positions = new Sequence(connection, 'outbox')
  const after = connection.prepare(
    `select position, id, service, channel, key, type, headers, value, recorded_at from ew_outbox
     where position > ? order by position limit ?`,
  )
  const oldest = connection.prepare(
    'select position from ew_outbox where position <= ? and service = ? order by position limit ?',
  )
  const trim = connection.prepare(
    'delete from ew_outbox where position in (select value from json_each(?)) and service = ?',
  )
  return {
    async after(position, limit) {
      return after.all(position, limit).map((row) => {
        const [place, id, service, channel, key, type, headers, value, recordedAtMs] = row
        return { position: place, id, service, channel, key, type, headers, value, recordedAtMs } as OutboxRow
      })
    },
    async head() {
      return positions.last()
    },
    async trim(service, position, limit) {
      const positions = oldest.all(position, service, limit).map(([place]) => place)
      if (positions.length === 0) return 0
      return connection.transaction(() => trim.run(JSON.stringify(positions), service))
    },
  }
}
