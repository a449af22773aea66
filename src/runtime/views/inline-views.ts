import { failure } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { idOf } from '../../base/stream-name.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { Statement } from '../../ports/unit-of-work.ts'
import type { Row, RowWrite, TableSpec } from '../../ports/views.ts'
import { LogEvent } from '../log/event.ts'
import { foldRow, keysOf, type Fact } from './row-folding.ts'
import type { RowTables } from './row-tables.ts'
import type { WorkingStream } from '../commands/unit-of-work.ts'

/** An inline view as this process writes it now. */
export interface InlineView {
  readonly projection: AnyProjection
  readonly table: TableSpec
  readonly tables: RowTables
}

/** What a unit writes beside its events. */
export interface InlineWrites {
  readonly rows: readonly RowWrite[]
  readonly statements: readonly Statement[]
}

/** Computes the rows of inline views for the events that a unit is about to append. */
export interface InlineViews {
  /** Whether rows are folded from this aggregate's events, so that its streams must be at a known version. */
  feeds(aggregate: AnyAggregate): boolean
  /**
   * Error: EW_DESIGN when a key is not the id of the stream. A handler that throws leaves its row to the view's
   * consumer.
   */
  writes(streams: readonly WorkingStream[]): Promise<InlineWrites>
}

const pageEvents = 500

/**
 * A unit carries the exact version of the stream that feeds a row, so the row may be folded from what was read. Where
 * another release has appended events without these rows, they are caught up first.
 */
export function inlineViews(
  viewsOf: (aggregate: AnyAggregate) => readonly InlineView[],
  log: EventLog,
  definitionOf: (type: string) => LogEvent['definition'],
  report: Log,
): InlineViews {
  const missed = async (stream: string, from: number, to: number): Promise<LogEvent[]> => {
    const events: LogEvent[] = []
    while (from <= to) {
      const page = await log.readStream({ stream, from, to, limit: pageEvents })
      if (page.length === 0) break
      for (const stored of page) events.push(new LogEvent(stored, definitionOf(stored.type)))
      from += page.length
    }
    return events
  }
  const write = async (
    { projection, table, tables }: InlineView,
    work: WorkingStream,
    statements: Statement[],
  ): Promise<RowWrite | undefined> => {
    const { stream, version } = work.base
    const key = idOf(stream)
    const facts: Fact[] = work.pending.map(({ message, meta }) => ({ type: message.type, data: message.data, meta }))
    if (!facts.some((fact) => projection.on[fact.type] !== undefined)) return undefined
    assertKeys(projection, key, facts)
    const [stored] = await tables.get(table, [key])
    const before = version > (stored?.applied ?? 0) ? await missed(stream, (stored?.applied ?? 0) + 1, version) : []
    const recorded: Statement[] = []
    let row: Row | undefined = stored?.row
    try {
      for (const fact of [...before, ...facts]) row = foldRow(projection, key, row, fact, recorded)
    } catch (error) {
      // Poison must not refuse the command: the view's consumer comes to these events, tries again and parks the key.
      report.warn('an inline row was left to its consumer', { view: projection.name, key, error })
      return undefined
    }
    statements.push(...recorded)
    return {
      table: table.name,
      key,
      row: row && tables.stored(row),
      applied: lastOf(projection, facts),
      tombstone: true,
    }
  }
  return {
    feeds: (aggregate) => viewsOf(aggregate).length > 0,
    async writes(streams) {
      const rows: RowWrite[] = []
      const statements: Statement[] = []
      for (const work of streams) {
        if (work.pending.length === 0) continue
        for (const view of viewsOf(work.base.aggregate)) {
          const row = await write(view, work, statements)
          if (row !== undefined) rows.push(row)
        }
      }
      return { rows, statements }
    },
  }
}

/** The version that the view's consumer compares with: that of the last event that the view takes. */
function lastOf(projection: AnyProjection, facts: readonly Fact[]): number {
  return facts.findLast((fact) => projection.on[fact.type] !== undefined)!.meta.version
}

function assertKeys(projection: AnyProjection, id: string, facts: readonly Fact[]): void {
  for (const fact of facts) {
    if (projection.on[fact.type] === undefined) continue
    const keys = keysOf(projection, fact)
    if (keys.length !== 1 || keys[0] !== id) {
      throw failure(
        'EW_DESIGN',
        `The inline view ${projection.name} answered the keys ${JSON.stringify(keys)} for a ${fact.type} of ${fact.meta.stream}; it must be the stream's id.`,
      )
    }
  }
}
