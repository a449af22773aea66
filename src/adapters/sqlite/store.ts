import { basename } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { Watchers } from '../../base/watchers.ts'
import type { Store } from '../../ports/store.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import { sqliteBroker } from './broker.ts'
import { sqliteBuilds } from './builds.ts'
import { isReplayable, UnitCommits } from './commit.ts'
import { sqliteInbox } from './inbox.ts'
import { sqliteLog } from './log.ts'
import { openConnections, type Connections, type OpenSettings } from './open.ts'
import { OtherWriters } from './other-writers.ts'
import { sqliteOutbox } from './outbox.ts'
import { sqliteOwnership } from './ownership.ts'
import { sqliteParked } from './parked.ts'
import { runQuery } from './recorded-sql.ts'
import { sqliteSagas } from './sagas.ts'
import { sqliteSnapshots } from './snapshots.ts'
import { sqliteTimers } from './timers.ts'
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
  const watchers = new Watchers()
  let closed = false
  const guard = <T extends object>(section: T): T => guarded(section, name, () => closed)
  const watchOthers = (listener: () => void): (() => void) =>
    file === ':memory:' ? () => undefined : watchLog(file, () => others.noticed(), listener)
  const watch = (listener: () => void): (() => void) => watchers.add(listener, watchOthers)
  const broker = sqliteBroker({ name, connection: durable, others, now, watchOthers: watch })
  return guard<Store>({
    storeId,
    name,
    sql: 'sqlite',
    commit: async (units) => commit(units),
    turnMs: () => others.turnMs(),
    log: guard(sqliteLog(durable)),
    ownership: guard(sqliteOwnership(durable, now)),
    inbox: guard(sqliteInbox(durable)),
    parked: guard(sqliteParked(durable, now)),
    snapshots: guard(sqliteSnapshots(durable)),
    views: guard(sqliteViews(durable, tables)),
    builds: guard(sqliteBuilds(durable, now)),
    outbox: guard(sqliteOutbox(durable)),
    sagas: guard(sqliteSagas(durable)),
    timers: guard(sqliteTimers(durable)),
    broker,
    query: async (sql, params) => readOnly(connections, () => runQuery(connections.reading, sql, params)),
    watch,
    now: async () => now(),
    async close() {
      closed = true
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

/** After `close` every method that answers a promise rejects; `close` itself may be repeated. */
function guarded<T extends object>(section: T, name: string, isClosed: () => boolean): T {
  const copy = { ...section }
  for (const member of Object.keys(section) as (keyof T & string)[]) {
    const method = section[member]
    if (typeof method !== 'function' || member === 'close' || member === 'watch' || member === 'turnMs') continue
    copy[member] = (async (...args: unknown[]) => {
      if (isClosed()) throw failure('EW_CLOSED', `The store ${name} is closed, and ${member} was called.`)
      return method.apply(section, args) as unknown
    }) as T[keyof T & string]
  }
  return copy
}
