import type { EventLog, EventPlace } from '../../ports/event-log.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'
import type { EventPlaces } from '../sql/correlations.ts'
import { partitionOf, partsOf, statusOf } from '../sql/stream-part.ts'
import type { Parameter, SqliteConnection } from './driver.ts'
import { idOfHex, readId } from './event-id.ts'
import { partitionOffset } from './schema.ts'

const columns = `e.seq, e.version, lower(hex(e.id)), e.type, e.schema_version, e.occurred_at, e.recorded_at, e.checksum, e.deleted, e.data, e.meta`
const withStream = `select ${columns}, s.stream from ew_events e join ew_streams s on s.no = e.no`

/** Reads of the events. */
export function sqliteLog(connection: SqliteConnection): EventLog {
  const streamNo = connection.prepare('select no, part, version from ew_streams where stream = ?')
  const inStream = (order: 'asc' | 'desc') =>
    connection.prepare(
      `select ${columns} from ew_events e where e.no = ? and e.version >= ? and e.version <= ? order by e.version ${order} limit ?`,
    )
  const forwards = inStream('asc')
  const backwards = inStream('desc')
  const head = connection.prepare('select position from ew_head where part = ?')
  const byId = connection.prepare(
    'select e.seq, e.version, s.stream, s.part from ew_events e join ew_streams s on s.no = e.no where e.id = ?',
  )
  const bySeq = connection.prepare(`${withStream} where e.seq = ?`)
  return {
    async readStream({ stream, from = 1, to = Number.MAX_SAFE_INTEGER, backwards: turned = false, limit }) {
      const found = streamNo.get(stream)
      if (found === undefined) return []
      const rows = (turned ? backwards : forwards).all(found[0] as number, from, to, limit)
      const partition = partitionOf(found[1] as number)
      return rows.map((row) => eventOf(row, stream, partition))
    },
    async readLog({ partition, after, to, categories, limit }) {
      const first = partition * partitionOffset
      const last = first + Math.min(to ?? partitionOffset - 1, partitionOffset - 1)
      const filter = categories === undefined ? { sql: '', parameters: [] } : ofCategories(categories)
      const sql = `${withStream} where e.seq > ? and e.seq <= ?${filter.sql} order by e.seq limit ?`
      const rows = connection.prepare(sql).all(first + after, last, ...filter.parameters, limit)
      return rows.map((row) => eventOf(row, row[11] as string, partition))
    },
    async head(partition) {
      return head.get(partition)?.[0] as number
    },
    async version(stream) {
      return (streamNo.get(stream)?.[2] as number | undefined) ?? 0
    },
    async streams({ category, status, after, limit }) {
      const start = category === undefined ? '' : `${category}/`
      const parameters: Parameter[] = [after ?? '', start]
      const end = category === undefined ? '' : ` and stream < ?`
      if (category !== undefined) parameters.push(`${category}0`)
      const only = status === undefined ? '' : ` and part in (${partsOf(status).join()})`
      const sql = `select stream, part, version from ew_streams where stream > ? and stream >= ?${end}${only} order by stream limit ?`
      const rows = connection.prepare(sql).all(...parameters, limit)
      return rows.map((row) => ({
        stream: row[0] as string,
        partition: partitionOf(row[1] as number),
        version: row[2] as number,
        status: statusOf(row[1] as number),
      }))
    },
    async places(ids) {
      return ids.flatMap((id): EventPlace[] => {
        const bytes = readId(id)
        const row = bytes && byId.get(bytes)
        if (row === undefined) return []
        const partition = partitionOf(row[3] as number)
        const position = (row[0] as number) - partition * partitionOffset
        return [{ id, stream: row[2] as string, partition, version: row[1] as number, position }]
      })
    },
    async at(positions) {
      return [...new Set(positions)]
        .sort((a, b) => a - b)
        .flatMap((position) => {
          const row = bySeq.get(position)
          return row === undefined ? [] : [eventOf(row, row[11] as string, 0)]
        })
    },
  }
}

/** Where the index of correlation ids finds events. */
export function sqlitePlaces(connection: SqliteConnection): EventPlaces {
  const bySeq = connection.prepare(`${withStream} where e.seq = ?`)
  return {
    correlations: `
      select e.meta ->> 'correlationId' as correlation, r.part, e.seq - r.part * ${partitionOffset} as position
        from (select ? as part, ? as low, ? as high) as r
        cross join ew_events e
       where e.seq > r.low + r.part * ${partitionOffset} and e.seq <= r.high + r.part * ${partitionOffset}
         and e.deleted = 0`,
    async at(partition, positions) {
      return positions.flatMap((position) => {
        const row = bySeq.get(position + partition * partitionOffset)
        return row === undefined ? [] : [eventOf(row, row[11] as string, partition)]
      })
    },
  }
}

/** `0` is the character after `/`, so this is the range of all names that begin with the category and `/`. */
function ofCategories(categories: readonly string[]): { readonly sql: string; readonly parameters: readonly string[] } {
  if (categories.length === 0) return { sql: ' and false', parameters: [] }
  const tests = categories.map(() => '(s.stream >= ? and s.stream < ?)')
  return {
    sql: ` and (${tests.join(' or ')})`,
    parameters: categories.flatMap((category) => [`${category}/`, `${category}0`]),
  }
}

function eventOf(row: readonly unknown[], stream: string, partition: Partition): StoredEvent {
  return {
    id: idOfHex(row[2] as string),
    type: row[3] as string,
    schemaVersion: row[4] as number,
    stream,
    version: row[1] as number,
    partition,
    position: (row[0] as number) - partition * partitionOffset,
    occurredAtMs: row[5] as number,
    recordedAtMs: row[6] as number,
    data: (row[9] as string | null) ?? 'null',
    meta: row[10] as string,
    checksum: row[7] as number,
    deleted: row[8] === 1,
  }
}
