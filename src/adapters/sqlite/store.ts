import { basename } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import { Watchers } from '../../base/watchers.ts'
import { undivided } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import { buildTable } from '../sql/builds.ts'
import { correlationTable } from '../sql/correlations.ts'
import { OpenCalls } from '../sql/guarded.ts'
import { inboxTable } from '../sql/inbox.ts'
import { outboxTable } from '../sql/outbox.ts'
import { ownershipTable } from '../sql/ownership.ts'
import { parkedTable } from '../sql/parked.ts'
import { sagaTable } from '../sql/sagas.ts'
import { snapshotTable } from '../sql/snapshots.ts'
import { streamTable } from '../sql/streams.ts'
import { timerTable } from '../sql/timers.ts'
import { sqliteBroker } from './broker.ts'
import { isReplayable, UnitCommits } from './commit.ts'
import { sqliteLog, sqlitePlaces } from './log.ts'
import { openConnections, type Connections, type OpenSettings } from './open.ts'
import { OtherWriters } from './other-writers.ts'
import { runQuery } from './recorded-sql.ts'
import { sqliteDatabase } from './statements.ts'
import type { ViewTable } from './view-table.ts'
import { sqliteViews } from './views.ts'
import { watchLog } from './wal-watch.ts'

/** Opens the file and puts the sections together. */
export async function openStore(file: string, clock: Clock, settings: OpenSettings): Promise<Store> {
  const connections = await openConnections(file, clock, settings)
  return storeOn(connections, clock)
}

function storeOn(connections: Connections, clock: Clock): Store {
  const { file, storeId, durable } = connections
  const name = `sqlite ${basename(file)}`
  const now = (): number => clock.now()
  const tables = new Map<string, ViewTable>()
  const others = new OtherWriters(connections, now)
  const commit = committer(connections, tables, others, now)
  const database = sqliteDatabase(durable, now)
  const watchers = new Watchers()
  const calls = new OpenCalls(name)
  const guard = <T extends object>(section: T): T => calls.guard(section)
  const watchOthers = (listener: () => void): (() => void) =>
    file === ':memory:' ? () => undefined : watchLog(file, () => others.noticed(), listener)
  const watch = (listener: () => void): (() => void) => watchers.add(listener, watchOthers)
  const broker = sqliteBroker({ name, connection: durable, others, now, watchOthers: watch })
  return guard<Store>({
    storeId,
    name,
    shared: false,
    remote: false,
    buckets: undivided,
    sql: 'sqlite',
    commit: async (units) => commit(units),
    within: null,
    turnMs: () => others.turnMs(),
    log: guard(sqliteLog(durable)),
    streams: guard(streamTable(database, 'no')),
    correlations: guard(correlationTable(database, sqlitePlaces(durable))),
    ownership: guard(ownershipTable(database)),
    inbox: guard(inboxTable(database)),
    parked: guard(parkedTable(database)),
    snapshots: guard(snapshotTable(database)),
    views: guard(sqliteViews(durable, tables)),
    builds: guard(buildTable(database)),
    outbox: guard(outboxTable(database)),
    sagas: guard(sagaTable(database)),
    timers: guard(timerTable(database)),
    broker,
    query: async (sql, params) => readOnly(connections, () => runQuery(connections.reading, sql, params)),
    watch,
    now: async () => now(),
    async close() {
      await calls.close()
      await broker.close()
      watchers.close()
      for (const connection of new Set([connections.reading, connections.relaxed, durable])) connection.close()
    },
  })
}

function committer(
  connections: Connections,
  tables: ReadonlyMap<string, ViewTable>,
  others: OtherWriters,
  now: () => number,
): (units: readonly Unit[]) => readonly Outcome[] {
  const find = (name: string): ViewTable | undefined => tables.get(name)
  const durable = new UnitCommits(connections.durable, find)
  const relaxed = connections.relaxed === connections.durable ? durable : new UnitCommits(connections.relaxed, find)
  return (units) => {
    const chosen = isReplayable(units) ? relaxed : durable
    try {
      const outcomes = chosen.commit(units, now(), () => void others.noticed())
      if (chosen !== durable) others.ownRelaxedCommit()
      return outcomes
    } catch (error) {
      if (isEventwrightError(error, 'EW_STORE_BUSY')) others.busy()
      throw error
    }
  }
}

/** In memory there is one connection for everything, which must not write while a user's query runs. */
function readOnly<T>({ reading, durable }: Connections, work: () => T): T {
  if (reading !== durable) return work()
  durable.exec('pragma query_only = on')
  try {
    return work()
  } finally {
    durable.exec('pragma query_only = off')
  }
}
