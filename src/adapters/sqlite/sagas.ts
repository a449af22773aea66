import { compareText } from '../../base/row-value.ts'
import type { SagaMailRow, SagaPage, SagaRow, SagaTable } from '../../ports/sagas.ts'
import type { SqliteConnection } from './driver.ts'
import { sweepMail } from './mail-sweep.ts'

const select = `select id, saga, service, definition_version, status, closed, version, due_at, state, started_at
  from ew_sagas`
const selectMail = 'select seq, saga, address, key, kind, body, at from ew_mail'

/** Reads of instances and their mail, and its upkeep. */
export function sqliteSagas(connection: SqliteConnection): SagaTable {
  const get = connection.prepare(`${select} where id = ?`)
  const counts = connection.prepare(
    'select saga, status, count(*) from ew_sagas group by saga, status order by saga, status',
  )
  const countsOf = connection.prepare(
    'select status, count(*) from ew_sagas where saga = ? group by status order by status',
  )
  const names = connection.prepare(distinctSagas)
  const due = connection.prepare(`${select} where saga = ? and due_at <= ? order by due_at, id limit ?`)
  const mail = connection.prepare(`${selectMail} where saga = ? and body is not null and seq > ? order by seq limit ?`)
  // With a plain `seq` SQLite would walk all that waits of the saga, since that is in order already.
  const mailFor = connection.prepare(`${selectMail} where saga = ? and address = ? and body is not null order by +seq`)
  const oldestOpen = connection.prepare('select min(started_at) from ew_sagas where closed = 0 and id > ? and id < ?')
  const forget = connection.prepare('delete from ew_sagas where id = ? and closed = 1')
  return {
    async get(id) {
      const row = get.get(id)
      return row && sagaOf(row)
    },
    async list(page) {
      const { saga, statuses, limit } = page
      if (statuses === undefined) return listed(connection, page)
      // Each saga and status has its order in the index; of several SQLite would read all rows before it sorts.
      const rows = connection.snapshot(() => {
        const sagas = saga === undefined ? names.all().map(([name]) => name as string) : [saga]
        const ofSaga = (name: string, status: string) => listed(connection, { ...page, saga: name }, status)
        return sagas.flatMap((name) => [...new Set(statuses)].flatMap((status) => ofSaga(name, status)))
      })
      return rows.sort((a, b) => compareText(a.id, b.id)).slice(0, limit)
    },
    async counts(saga) {
      const rows = saga === undefined ? counts.all() : countsOf.all(saga).map((row) => [saga, ...row])
      return rows.map(([name, status, count]) => ({ saga: name, status, count }) as SagaCount)
    },
    async due(saga, nowMs, limit) {
      return due.all(saga, nowMs, limit).map(sagaOf)
    },
    async mail(saga, after, limit) {
      return mail.all(saga, after, limit).map(mailOf)
    },
    async mailFor(saga, address) {
      return mailFor.all(saga, address).map(mailOf)
    },
    async names() {
      return names.all().map(([name]) => name as string)
    },
    async oldestOpenMs(saga) {
      return (oldestOpen.get(`${saga}/`, `${saga}0`)?.[0] as number | null | undefined) ?? undefined
    },
    async forget(ids) {
      return connection.transaction(() => ids.reduce((count, id) => count + forget.run(id), 0))
    },
    purgeMail: async (sweep) => sweepMail(connection, sweep),
  }
}

interface SagaCount {
  readonly saga: string
  readonly status: string
  readonly count: number
}

// From name to name through the index, which is as many steps as there are sagas.
const distinctSagas = `
  with recursive name (saga) as (
    select min(saga) from ew_sagas
    union all
    select (select min(s.saga) from ew_sagas s where s.saga > name.saga) from name where name.saga is not null)
  select saga from name where saga is not null`

function listed(
  connection: SqliteConnection,
  { saga, closed, after = '', limit }: SagaPage,
  status?: string,
): readonly SagaRow[] {
  const tests = ['id > ?']
  // An id begins with the saga's name; `0` is the character after `/`.
  const low = saga === undefined ? '' : `${saga}/`
  const values = [compareText(low, after) > 0 ? low : after]
  if (saga !== undefined) {
    tests.push('id < ?')
    values.push(`${saga}0`)
  }
  if (status !== undefined) {
    tests.push('saga = ? and status = ?')
    values.push(saga!, status)
  }
  if (closed !== undefined) tests.push(`closed = ${closed ? 1 : 0}`)
  return connection
    .prepare(`${select} where ${tests.join(' and ')} order by id limit ?`)
    .all(...values, limit)
    .map(sagaOf)
}

function sagaOf(row: readonly unknown[]): SagaRow {
  const [id, saga, service, definitionVersion, status, closed, version, dueAtMs, state, startedAtMs] = row
  const known = { id, saga, service, definitionVersion, status, version, dueAtMs, state, startedAtMs }
  return { ...known, closed: closed === 1 } as SagaRow
}

function mailOf(row: readonly unknown[]): SagaMailRow {
  const [seq, saga, address, key, kind, body, atMs] = row
  return { seq, saga, address, key, kind, body, atMs } as SagaMailRow
}
