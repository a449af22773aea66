import type { EventLog, EventPlace, LogPage } from '../../ports/event-log.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'
import { isEventId } from '../sql/event-id.ts'
import { partitionOf, partsOf, statusOf } from '../sql/stream-part.ts'
import type { Parameter, Statements } from './driver.ts'

const columns =
  'position, version, occurred_at, recorded_at, checksum, id, schema_version, part, deleted, type, data, meta'

/** Reads of the events. */
export function postgresLog(driver: Statements): EventLog {
  return {
    async readStream({ stream, from = 1, to = Number.MAX_SAFE_INTEGER, backwards = false, limit }) {
      const rows = await driver.all(
        `select ${columns} from ew_events where stream = ? and version between ? and ?
         order by version ${backwards ? 'desc' : 'asc'} limit ?`,
        stream,
        from,
        to,
        limit,
      )
      return rows.map((row) => eventOf(row, stream))
    },
    async readLog(page) {
      const { sql, parameters } = logStatement(page)
      return (await driver.all(sql, ...parameters)).map((row) => eventOf(row))
    },
    async head(partition) {
      const [row] = await driver.all('select position from ew_head where part = ?', partition)
      return row![0] as number
    },
    async version(stream) {
      const [row] = await driver.all('select version from ew_streams where stream = ?', stream)
      return (row?.[0] as number | undefined) ?? 0
    },
    async streams({ category, status, after, limit }) {
      const range = category === undefined ? '' : ' and stream >= ? and stream < ?'
      const only = status === undefined ? '' : ` and part in (${partsOf(status).join()})`
      const bounds = category === undefined ? [] : [`${category}/`, `${category}0`]
      const rows = await driver.all(
        `select stream, part, version from ew_streams where version > 0 and stream > ?${range}${only}
         order by stream limit ?`,
        after ?? '',
        ...bounds,
        limit,
      )
      return (rows as readonly [string, number, number][]).map(([stream, part, version]) => {
        return { stream, partition: partitionOf(part), version, status: statusOf(part) }
      })
    },
    async places(ids) {
      const known = ids.filter(isEventId)
      if (known.length === 0) return []
      const rows = await driver.all(
        'select id, stream, part, version, position from ew_events where id = any(?::uuid[])',
        known,
      )
      return rows.map(([id, stream, partition, version, position]) => {
        return { id, stream, partition, version, position } as EventPlace
      })
    },
    async at(positions) {
      if (positions.length === 0) return []
      const rows = await driver.all(
        `select ${columns}, stream from ew_events where part = 0 and position = any(?::bigint[]) order by position`,
        positions,
      )
      return rows.map((row) => eventOf(row))
    },
  }
}

function logStatement({ partition, after, to = Number.MAX_SAFE_INTEGER, categories, limit }: LogPage): {
  readonly sql: string
  readonly parameters: readonly Parameter[]
} {
  const range = [partition, after, to]
  const filter = categories === undefined ? '' : " and split_part(stream, '/', 1) = any(?::text[])"
  const sql = `select ${columns}, stream from ew_events where part = ? and position > ? and position <= ?${filter}
    order by part, position limit ?`
  return { sql, parameters: categories === undefined ? [...range, limit] : [...range, categories, limit] }
}

function eventOf(row: readonly unknown[], stream = row[12] as string): StoredEvent {
  return {
    id: row[5] as string,
    type: row[9] as string,
    schemaVersion: row[6] as number,
    stream,
    version: row[1] as number,
    partition: row[7] as Partition,
    position: row[0] as number,
    occurredAtMs: row[2] as number,
    recordedAtMs: row[3] as number,
    data: (row[10] as string | null) ?? 'null',
    meta: row[11] as string,
    checksum: row[4] as number,
    deleted: row[8] === 1,
  }
}
