import type { OutboxMessage } from '../../ports/outbox.ts'
import type { TimerWrite } from '../../ports/timers.ts'
import { timerColumns, timerValues } from '../sql/timers.ts'
import type { SqliteConnection } from './driver.ts'

/** Sets, removes and fires timers, in the order of the writes; answers what is sent. */
export function writeTimers(connection: SqliteConnection, timers: readonly TimerWrite[]): readonly OutboxMessage[] {
  const sent: OutboxMessage[] = []
  for (const timer of timers) {
    if (timer.kind === 'remove') connection.prepare(remove).run(timer.id)
    else if (timer.kind === 'set') connection.prepare(set).run(...timerValues(timer))
    else if (connection.prepare(take).run(...timerValues(timer.timer)) > 0) sent.push(timer.message)
  }
  return sent
}

const remove = 'delete from ew_timers where id = ?'

const set = `insert or replace into ew_timers (${timerColumns}) values (?, ?, ?, ?, ?, ?)`

const take = `delete from ew_timers where (${timerColumns}) = (?, ?, ?, ?, ?, ?)`
