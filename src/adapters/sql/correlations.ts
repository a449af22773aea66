import { longestCorrelationId, type CorrelationTable, type Indexed } from '../../ports/correlations.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'
import { step, type SqlDatabase, type SqlSteps } from './statements.ts'

/** How a database finds events by their place. */
export interface EventPlaces {
  /**
   * A SELECT of `correlation`, `part` and `position` of events that were not deleted; its `?` are a partition, the
   * position before the first one and that of the last.
   */
  readonly correlations: string
  /** Events of a partition at the positions, in order. */
  at(partition: Partition, positions: readonly number[]): Promise<readonly StoredEvent[]>
}

/** The index of events by correlation id. */
export function correlationTable(database: SqlDatabase, places: EventPlaces): CorrelationTable {
  const insert = `
    insert into ew_correlations (correlation, part, position)
    select f.correlation, f.part, f.position from (${places.correlations}) as f
     where length(f.correlation) <= ${longestCorrelationId} on conflict do nothing`
  return {
    async indexed() {
      const rows = await database.all(
        `select name, last from ew_sequences where name in ('${nameOf(0)}', '${nameOf(1)}')`,
      )
      const lasts = new Map(rows.map(([name, last]) => [name as string, last as number]))
      return [lasts.get(nameOf(0)) ?? 0, lasts.get(nameOf(1)) ?? 0]
    },
    extend: (limit) => database.transaction(extendSteps(database, insert, limit)),
    async find({ correlationId, partition, after, limit }) {
      const rows = await database.all(find, correlationId, partition, after, limit)
      return rows.length === 0
        ? []
        : places.at(
            partition,
            rows.map(([position]) => position as number),
          )
    },
  }
}

/**
 * Takes events of a stream of the design out of the index, in the transaction that erases them; `named` is by what
 * events name their stream.
 */
export function* forgetCorrelations(
  { locks }: SqlDatabase,
  named: 'no' | 'stream',
  page: readonly [stream: string, after: number, to: number],
): SqlSteps<void> {
  // Whoever indexes at the same time must not write down again what is taken out here.
  yield* step(`${last}${locks.rows}`, nameOf(0))
  const position = named === 'no' ? 'seq' : 'position'
  yield* step(
    `delete from ew_correlations where part = 0 and (correlation, position) in (
       select e.meta ->> 'correlationId', e.${position} from ew_events e
        where e.${named} = (select s.${named} from ew_streams s where s.stream = ?) and e.version > ? and e.version <= ?)`,
    ...page,
  )
}

function* extendSteps({ locks }: SqlDatabase, insert: string, limit: number): SqlSteps<Indexed> {
  const ends: number[] = []
  for (const partition of [0, 1] as const) {
    const [row] = yield* step(`${last}${locks.rows}`, nameOf(partition))
    const [head] = yield* step('select position from ew_head where part = ?', partition)
    const [from, to] = [row![0] as number, Math.min((row![0] as number) + limit, head![0] as number)]
    if (to > from) {
      yield* step(insert, partition, from, to)
      yield* step('update ew_sequences set last = ? where name = ?', to, nameOf(partition))
    }
    ends.push(Math.max(from, to))
  }
  return [ends[0]!, ends[1]!]
}

const last = 'select last from ew_sequences where name = ?'

const find = `
  select position from ew_correlations where correlation = ? and part = ? and position > ? order by position limit ?`

function nameOf(partition: Partition): string {
  return `correlated ${partition}`
}
