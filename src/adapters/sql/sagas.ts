import { compareText } from '../../base/row-value.ts'
import type { SagaMailRow, SagaPage, SagaPart, SagaRow, SagaTable } from '../../ports/sagas.ts'
import { sweepMail } from './mail-sweep.ts'
import type { SqlParameter, SqlStatements } from './statements.ts'

/** Reads of instances and their mail, and its upkeep. */
export function sagaTable(statements: SqlStatements): SagaTable {
  const forget = `delete from ew_sagas where closed = 1 and id in (${statements.textsOf})`
  const names = async (): Promise<readonly string[]> =>
    (await statements.all(distinctSagas)).map(([name]) => name as string)
  return {
    async get(id) {
      const [row] = await statements.all(`${select} where id = ?`, id)
      return row && sagaOf(row)
    },
    async list(page) {
      const { statuses } = page
      if (statuses !== undefined) return listedByStatus(statements, page, [...new Set(statuses)], names)
      const { sql, values } = pageOf(page)
      return (await statements.all(sql, ...values)).map(sagaOf)
    },
    async counts(saga) {
      const rows =
        saga === undefined
          ? await statements.all(counts)
          : (await statements.all(countsOf, saga)).map((row) => [saga, ...row])
      return rows.map(([name, status, count]) => ({ saga: name, status, count }) as SagaCount)
    },
    async due(saga, nowMs, limit, part) {
      const { sql, values } = partOf(part)
      return (await statements.all(due(sql), saga, nowMs, ...values, limit)).map(sagaOf)
    },
    async mail(saga, after, limit, part) {
      const { sql, values } = partOf(part)
      return (await statements.all(mail(sql), saga, after, ...values, limit)).map(mailOf)
    },
    async mailFor(saga, address) {
      return (await statements.all(mailFor, saga, address)).map(mailOf)
    },
    names,
    async oldestOpenMs(saga) {
      const [row] = await statements.all(oldestOpen, `${saga}/`, `${saga}0`)
      return (row?.[0] as number | null | undefined) ?? undefined
    },
    async forget(ids) {
      return ids.length === 0 ? 0 : statements.run(forget, JSON.stringify(ids))
    },
    purgeMail: (sweep) => sweepMail(statements, sweep),
  }
}

interface SagaCount {
  readonly saga: string
  readonly status: string
  readonly count: number
}

const columns = 'id, saga, service, definition_version, status, closed, version, due_at, state, started_at'
const select = `select ${columns} from ew_sagas`
const selectMail = 'select seq, saga, address, key, kind, body, at from ew_mail'
const counts = 'select saga, status, count(*) from ew_sagas group by saga, status order by saga, status'
const countsOf = 'select status, count(*) from ew_sagas where saga = ? group by status order by status'
const due = (part: string): string => `${select} where saga = ? and due_at <= ?${part} order by due_at, id limit ?`
const mail = (part: string): string =>
  `${selectMail} where saga = ? and body is not null and seq > ?${part} order by seq limit ?`

// With a plain `seq` all that waits of the saga would be walked, since that is in order already.
const mailFor = `${selectMail} where saga = ? and address = ? and body is not null order by +seq`
const oldestOpen = 'select min(started_at) from ew_sagas where closed = 0 and id > ? and id < ?'

// From name to name through the index, which is as many steps as there are sagas.
const distinctSagas = `
  with recursive name (saga) as (
    select min(saga) from ew_sagas
    union all
    select (select min(s.saga) from ew_sagas s where s.saga > name.saga) from name where name.saga is not null)
  select saga from name where saga is not null`

/**
 * Each saga and status has its order in the index; of several a database would read all rows before it sorts. An id
 * begins with the saga's name, so the sagas follow each other.
 */
async function listedByStatus(
  statements: SqlStatements,
  page: SagaPage,
  statuses: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<readonly SagaRow[]> {
  const { saga, after = '', limit } = page
  if (statuses.length === 0) return []
  const sagas = saga === undefined ? [...(await names())].sort((a, b) => compareText(`${a}/`, `${b}/`)) : [saga]
  const rows: SagaRow[] = []
  for (const name of sagas) {
    if (rows.length >= limit) break
    if (compareText(`${name}0`, after) <= 0) continue
    const rest = limit - rows.length
    const pages = statuses.map((status) => pageOf({ ...page, saga: name, limit: rest }, status))
    const parts = pages.map(({ sql }, index) => `select * from (${sql}) as part_${index}`)
    const sql = `${parts.join(' union all ')} order by id limit ?`
    rows.push(...(await statements.all(sql, ...pages.flatMap(({ values }) => values), rest)).map(sagaOf))
  }
  return rows
}

/** Which buckets count, one digit for each. */
const masks = new WeakMap<SagaPart, string>()

/**
 * Rows of a part are picked out of what an index finds in its order. An index that begins with the hash would have to
 * be asked once for each of up to 1,024 hashes, at every look and however little is new.
 */
function partOf(part: SagaPart | undefined): { readonly sql: string; readonly values: readonly SqlParameter[] } {
  if (part === undefined) return { sql: '', values: [] }
  let mask = masks.get(part)
  if (mask === undefined) {
    mask = Array.from({ length: part.of }, (_, bucket) => (part.buckets.has(bucket) ? '1' : '0')).join('')
    masks.set(part, mask)
  }
  return { sql: ` and (hash < 0 or substr(?, (hash & ?) + 1, 1) = '1')`, values: [mask, part.of - 1] }
}

function pageOf(
  { saga, closed, part, after = '', limit }: SagaPage,
  status?: string,
): { readonly sql: string; readonly values: readonly SqlParameter[] } {
  const tests = ['id > ?']
  // `0` is the character after `/`.
  const low = saga === undefined ? '' : `${saga}/`
  const values: SqlParameter[] = [compareText(low, after) > 0 ? low : after]
  if (saga !== undefined) {
    tests.push('id < ?')
    values.push(`${saga}0`)
  }
  if (status !== undefined) {
    tests.push('saga = ? and status = ?')
    values.push(saga!, status)
  }
  if (closed !== undefined) tests.push(`closed = ${closed ? 1 : 0}`)
  const { sql, values: ofPart } = partOf(part)
  return {
    sql: `${select} where ${tests.join(' and ')}${sql} order by id limit ?`,
    values: [...values, ...ofPart, limit],
  }
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
