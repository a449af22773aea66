import type { Timer, TimerTable } from '../../ports/timers.ts'
import type { SqlStatements } from './statements.ts'

/** Columns of a timer, in the order of `timerValues`. */
export const timerColumns = 'id, service, due_at, command, data, meta'

/** Reads of the durable timers. */
export function timerTable(statements: SqlStatements): TimerTable {
  return {
    async due(service, nowMs, limit) {
      return (await statements.all(due, service, nowMs, limit)).map(timerOf)
    },
    async list({ service, after = beforeAll, limit }) {
      const from = [after.service, after.dueAtMs, after.id]
      const rows =
        service === undefined ? statements.all(list, ...from, limit) : statements.all(listOne, service, ...from, limit)
      return (await rows).map(timerOf)
    },
    async count(service) {
      const [row] = await statements.all('select count(*) from ew_timers where service = ?', service)
      return row![0] as number
    },
  }
}

/** What is stored of a timer. */
export function timerValues({ id, service, dueAtMs, command, data, meta }: Timer): readonly (string | number)[] {
  return [id, service, dueAtMs, command, data, meta]
}

/** No service has an empty name. */
const beforeAll = { service: '', dueAtMs: 0, id: '' }

const due = `select ${timerColumns} from ew_timers where service = ? and due_at <= ? order by due_at, id limit ?`

const list = `
  select ${timerColumns} from ew_timers where (service, due_at, id) > (?, ?, ?) order by service, due_at, id limit ?`

const listOne = `
  select ${timerColumns} from ew_timers where service = ? and (service, due_at, id) > (?, ?, ?)
  order by service, due_at, id limit ?`

function timerOf([id, service, dueAtMs, command, data, meta]: readonly unknown[]): Timer {
  return { id, service, dueAtMs, command, data, meta } as Timer
}
