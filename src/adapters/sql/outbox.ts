import type { OutboxRow, OutboxTable } from '../../ports/outbox.ts'
import type { SqlStatements } from './statements.ts'

/** Reads of what units have sent, and its upkeep. */
export function outboxTable(statements: SqlStatements): OutboxTable {
  return {
    async after(position, limit) {
      return (await statements.all(after, position, limit)).map((row) => {
        const [place, id, service, channel, key, type, headers, value, recordedAtMs] = row
        return { position: place, id, service, channel, key, type, headers, value, recordedAtMs } as OutboxRow
      })
    },
    async head() {
      const [row] = await statements.all(`select last from ew_sequences where name = 'outbox'`)
      return row![0] as number
    },
    async trim(service, position, limit) {
      const last = (await statements.all(oldest, position, service, limit)).at(-1)
      return last === undefined ? 0 : statements.run(trim, last[0] as number, service)
    },
  }
}

const after = `
  select position, id, service, channel, key, type, headers, value, recorded_at from ew_outbox
  where position > ? order by position limit ?`

const oldest = 'select position from ew_outbox where position <= ? and service = ? order by position limit ?'

const trim = 'delete from ew_outbox where position <= ? and service = ?'
