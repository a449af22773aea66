import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Timer, TimerTable, TimerWrite } from '../../ports/timers.ts'
import type { SqliteConnection } from './driver.ts'

const columns = 'id, service, due_at, command, data, meta'

/** Reads of the durable timers. */
export function sqliteTimers(connection: SqliteConnection): TimerTable {
  const due = connection.prepare(
    `select ${columns} from ew_timers where service = ? and due_at <= ? order by due_at, id limit ?`,
  )
  const list = connection.prepare(
    `select ${columns} from ew_timers where (service, due_at, id) > (?, ?, ?) order by service, due_at, id limit ?`,
  )
  const listOne = connection.prepare(
    `select ${columns} from ew_timers where service = ? and (service, due_at, id) > (?, ?, ?)
     order by service, due_at, id limit ?`,
  )
  const count = connection.prepare('select count(*) from ew_timers where service = ?')
  return {
    async due(service, nowMs, limit) {
      return due.all(service, nowMs, limit).map(timerOf)
    },
    async list({ service, after = beforeAll, limit }) {
      const from = [after.service, after.dueAtMs, after.id]
      const rows = service === undefined ? list.all(...from, limit) : listOne.all(service, ...from, limit)
      return rows.map(timerOf)
    },
    async count(service) {
      return count.get(service)?.[0] as number
    },
  }
}

/** Sets, removes and fires timers, in the order of the writes; answers what is sent. */
export function writeTimers(connection: SqliteConnection, timers: readonly TimerWrite[]): readonly OutboxMessage[] {
  const sent: OutboxMessage[] = []
  for (const timer of timers) {
    if (timer.kind === 'remove') connection.prepare(remove).run(timer.id)
    else if (timer.kind === 'set') connection.prepare(set).run(...valuesOf(timer))
    else if (connection.prepare(take).run(...valuesOf(timer.timer)) > 0) sent.push(timer.message)
  }
  return sent
}

/** No service has an empty name. */
const beforeAll = { service: '', dueAtMs: 0, id: '' }

const remove = 'delete from ew_timers where id = ?'

const set = `insert or replace into ew_timers (${columns}) values (?, ?, ?, ?, ?, ?)`

const take = `delete from ew_timers where (${columns}) = (?, ?, ?, ?, ?, ?)`

function valuesOf({ id, service, dueAtMs, command, data, meta }: Timer): readonly (string | number)[] {
  return [id, service, dueAtMs, command, data, meta]
}

function timerOf([id, service, dueAtMs, command, data, meta]: readonly unknown[]): Timer {
  return { id, service, dueAtMs, command, data, meta } as Timer
}
