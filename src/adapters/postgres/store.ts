import { newId } from '../../base/ids.ts'
import { Watchers } from '../../base/watchers.ts'
import type { Store } from '../../ports/store.ts'
import { correlationTable } from '../sql/correlations.ts'
import { OpenCalls } from '../sql/guarded.ts'
import { inboxTable } from '../sql/inbox.ts'
import { outboxTable } from '../sql/outbox.ts'
import { sagaTable } from '../sql/sagas.ts'
import { snapshotTable } from '../sql/snapshots.ts'
import { streamTable } from '../sql/streams.ts'
import { timerTable } from '../sql/timers.ts'
import { postgresBroker } from './broker.ts'
import { postgresBuilds } from './builds.ts'
import { UnitCommits } from './commit.ts'
import type { PostgresDriver } from './driver.ts'
import { Listeners } from './listen.ts'
import { postgresLog, postgresPlaces } from './log.ts'
import { migrateSchema, storeIdOf } from './open.ts'
import { postgresOwnership } from './ownership.ts'
import { postgresParked } from './parked.ts'
import { runQuery } from './recorded-sql.ts'
import { ServerClock } from './server-clock.ts'
import { connectDriver } from './session.ts'
import type { StoreSettings } from './settings.ts'
import { postgresDatabase } from './statements.ts'
import { readingTogether } from './stream-reads.ts'
import type { ViewTable } from './view-table.ts'
import { postgresViews } from './views.ts'
import { postgresWithin } from './within.ts'

/** Connects, makes or migrates what is missing, and puts the sections together. */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const driver = await connectDriver(settings)
  try {
    const storeId = settings.migrate ? await migrateSchema(driver) : await storeIdOf(driver)
    return storeOn(driver, storeId, settings)
  } catch (error) {
    await driver.close()
    throw error
  }
}

function storeOn(driver: PostgresDriver, storeId: string, settings: StoreSettings): Store {
  const { name, schema } = driver
  const listeners = new Listeners(`ew_${schema}`, newId())
  const tables = new Map<string, ViewTable>()
  const clock = new ServerClock(
    async () => (await driver.all('select ew_now()'))[0]![0] as number,
    settings.clockTrustMs,
  )
  const commits = new UnitCommits(driver, tables, listeners, (nowMs) => clock.hear(nowMs))
  const watchers = new Watchers()
  const listen = (listener: () => void): (() => void) =>
    listeners.listen({ ...settings, url: settings.listenUrl }, listener)
  const watch = (listener: () => void): (() => void) => watchers.add(listener, listen)
  const broker = postgresBroker({ name, driver, watchOthers: watch, listeners })
  const calls = new OpenCalls(name)
  const guard = <T extends object>(section: T): T => calls.guard(section)
  const audience = listeners.everybody()
  let closing: Promise<void> | undefined
  return guard<Store>({
    storeId,
    name,
    shared: true,
    remote: true,
    buckets: settings.buckets,
    sql: 'postgres',
    commit: (units) => commits.commit(units),
    prepare: (units) => commits.prepare(units),
    within: postgresWithin({ driver, storeId, tables, audience, guard, committed: () => watchers.tell() }),
    // Locks are waited for by the server, in the order in which they were asked for.
    turnMs: () => 0,
    log: guard(readingTogether(postgresLog(driver), driver)),
    streams: guard(streamTable(postgresDatabase(driver), 'stream')),
    correlations: guard(correlationTable(postgresDatabase(driver), postgresPlaces(driver))),
    ownership: guard(postgresOwnership(driver)),
    inbox: guard(inboxTable(driver)),
    parked: guard(postgresParked(driver)),
    snapshots: guard(snapshotTable(driver)),
    views: guard(postgresViews(driver, tables)),
    builds: guard(postgresBuilds(driver)),
    outbox: guard(outboxTable(driver)),
    sagas: guard(sagaTable(driver)),
    timers: guard(timerTable(driver)),
    broker,
    query: (sql, params) => driver.transaction((transaction) => runQuery(transaction, sql, params), 'begin read only'),
    watch,
    now: () => clock.now(),
    close: () => (closing ??= end()),
  })

  async function end(): Promise<void> {
    await calls.close()
    await broker.close()
    watchers.close()
    await driver.close()
  }
}
