import type { Timer, TimerTable, TimerWrite } from '../../ports/timers.ts'
import type { SqliteConnection } from './driver.ts'

/** Reads of the durable timers. */
export function sqliteTimers(connection: SqliteConnection): TimerTable {
  const due = connection.prepare(
    `select id, service, due_at, command, data, meta from ew_timers
     where service = ? and due_at <= ? order by due_at, id limit ?`,
  )
  const nextDue = connection.prepare('select min(due_at) from ew_timers where service = ?')
  const count = connection.prepare('select count(*) from ew_timers where service = ?')
  return {
    async due(service, nowMs, limit) {
      return due.all(service, nowMs, limit).map((row) => {
        const [id, owner, dueAtMs, command, data, meta] = row
        return { id, service: owner, dueAtMs, command, data, meta } as Timer
      })
    },
    async nextDueMs(service) {
      return (nextDue.get(service)?.[0] as number | null | undefined) ?? undefined
    },
    async count(service) {
      return count.get(service)?.[0] as number
    },
  }
}

/** Sets and removes timers, in the order of the writes. */
export function writeTimers(connection: SqliteConnection, timers: readonly TimerWrite[]): void {
  for (const timer of timers) {
    if (timer.kind === 'remove') connection.prepare(remove).run(timer.id)
    else {
      const { id, service, dueAtMs, command, data, meta } = timer
      connection.prepare(set).run(id, service, dueAtMs, command, data, meta)
    }
  }
}

const remove = 'delete from ew_timers where id = ?'

const set = `
  insert into ew_timers (id, service, due_at, command, data, meta) values (?, ?, ?, ?, ?, ?)
  on conflict (id) do nothing`
