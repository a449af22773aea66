import type { EventLog, EventPlace, LogPage } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { EventPlaces } from '../sql/correlations.ts'
import { isEventId } from '../sql/event-id.ts'
import { partitionOf, partsOf, statusOf } from '../sql/stream-part.ts'
import { int8Array, textArray, uuidArray } from './binary-array.ts'
import type { Rows, Statements } from './driver.ts'
import { packedEvent, unpackEvent } from './packed-event.ts'
import type { Parameter } from './prepared-call.ts'

/** Reads of the events. */
export function postgresLog(driver: Statements): EventLog {
  return {
    async readStream({ stream, from = 1, to = Number.MAX_SAFE_INTEGER, backwards = false, limit }) {
      const rows = await driver.all(
        `select ${packedEvent} from ew_events where stream = ? and version between ? and ?
         order by version ${backwards ? 'desc' : 'asc'} limit ?`,
        stream,
        from,
        to,
        limit,
      )
      return rows.map(([packed]) => unpackEvent(packed as string, stream))
    },
    async readLog(page) {
      const { sql, parameters } = logStatement(page)
      return eventsOf(await driver.all(sql, ...parameters))
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
        uuidArray(known),
      )
      return rows.map(([id, stream, partition, version, position]) => {
        return { id, stream, partition, version, position } as EventPlace
      })
    },
    async at(positions) {
      if (positions.length === 0) return []
      const rows = await driver.all(
        `select ${packedEvent}, stream from ew_events where part = 0 and position = any(?::bigint[]) order by position`,
        int8Array(positions),
      )
      return eventsOf(rows)
    },
  }
}

/** Where the index of correlation ids finds events. */
export function postgresPlaces(driver: Statements): EventPlaces {
  return {
    correlations: `
      select meta ->> 'correlationId' as correlation, part, position from ew_events
       where part = ? and position > ? and position <= ? and deleted = 0`,
    async at(partition, positions) {
      const rows = await driver.all(
        `select ${packedEvent}, stream from ew_events where part = ? and position = any(?::bigint[]) order by position`,
        partition,
        int8Array(positions),
      )
      return eventsOf(rows)
    },
  }
}

function logStatement({ partition, after, to = Number.MAX_SAFE_INTEGER, categories, limit }: LogPage): {
  readonly sql: string
  readonly parameters: readonly Parameter[]
} {
  const range = [partition, after, to]
  const filter = categories === undefined ? '' : " and split_part(stream, '/', 1) = any(?::text[])"
  const sql = `select ${packedEvent}, stream from ew_events where part = ? and position > ? and position <= ?${filter}
    order by part, position limit ?`
  return { sql, parameters: categories === undefined ? [...range, limit] : [...range, textArray(categories), limit] }
}

function eventsOf(rows: Rows): readonly StoredEvent[] {
  // A column of its own: whoever keeps the name of a stream must not keep the event with it.
  return rows.map(([packed, stream]) => unpackEvent(packed as string, stream as string))
}
