import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { compareText } from '../../base/row-value.ts'
import { undivided } from '../../ports/ownership.ts'
import type { Store, StoreAdapter } from '../../ports/store.ts'
import { memoryBroker } from './broker.ts'
import { memoryBuilds } from './builds.ts'
import { memoryCorrelations } from './correlations.ts'
import { commitUnits } from './commit.ts'
import { MemoryData, nameOf } from './data.ts'
import { memoryLog } from './log.ts'
import { memoryOwnership } from './ownership.ts'
import { memoryParked } from './parked.ts'
import { memoryStreams } from './streams.ts'
import { memoryViews } from './views.ts'

/**
 * A store in memory, for tests and trials. The data belong to the value that `memory()` returns: whoever opens it again
 * finds what was committed before, and two stores that are open at once see each other's commits, as two processes do
 * on one file. They are gone with the value.
 */
export function memory(): StoreAdapter {
  const data = new MemoryData()
  return { kind: 'store', name: 'memory', open: async ({ clock }) => openOn(data, clock) }
}

function openOn(data: MemoryData, clock: Clock): Store {
  const self = {}
  const listeners = new Set<() => void>()
  let closed = false
  const now = (): number => clock.now()
  const guard = <T extends object>(section: T): T => guarded(section, () => closed)
  data.listen(self, () => {
    for (const listener of listeners) queueMicrotask(listener)
  })
  const watch = (listener: () => void): (() => void) => {
    const own = (): void => listener()
    listeners.add(own)
    return () => void listeners.delete(own)
  }
  const broker = memoryBroker({
    channels: data.channels,
    now,
    published: () => data.committed(self),
    watchOthers: watch,
  })
  const store: Store = {
    storeId: data.storeId,
    name: 'memory',
    shared: false,
    remote: false,
    buckets: undivided,
    sql: null,
    async commit(units) {
      const outcomes = commitUnits(data, units, now())
      data.committed(self)
      return outcomes
    },
    within: null,
    turnMs: () => 0,
    log: guard(memoryLog(data)),
    streams: guard(memoryStreams(data)),
    correlations: guard(memoryCorrelations(data)),
    ownership: guard(memoryOwnership(data, now)),
    inbox: guard(memoryInbox(data)),
    parked: guard(memoryParked(data, now)),
    snapshots: guard(memorySnapshots(data)),
    views: guard(memoryViews(data)),
    builds: guard(memoryBuilds(data, now)),
    outbox: guard(data.outbox.table()),
    sagas: guard(data.sagas.table()),
    timers: guard(data.timers.table()),
    broker,
    async query() {
      throw failure('EW_SQL_UNSUPPORTED', 'A handler asked for rows by SQL, and this store is in memory.')
    },
    watch,
    async now() {
      return now()
    },
    async close() {
      closed = true
      await broker.close()
      listeners.clear()
      data.unlisten(self)
    },
  }
  return guarded(store, () => closed)
}

function memoryInbox(data: MemoryData): Store['inbox'] {
  return {
    async get(service, consumer, key) {
      return data.inbox.get(nameOf(service, consumer, key))
    },
    async among(service, consumer, keys) {
      return new Set(keys.filter((key) => data.inbox.has(nameOf(service, consumer, key))))
    },
    async consumers() {
      return [...new Set([...data.inbox.keys()].map(consumerOf))].sort(compareText)
    },
    async purge(consumer, beforeMs, limit) {
      let count = 0
      for (const [name, { atMs }] of data.inbox) {
        if (count === limit) break
        if (atMs < beforeMs && consumerOf(name) === consumer && data.inbox.delete(name)) count++
      }
      return count
    },
  }
}

function consumerOf(name: string): string {
  return name.split('\0', 2)[1]!
}

function memorySnapshots(data: MemoryData): Store['snapshots'] {
  return {
    async get(stream, identity) {
      return data.snapshots.get(identity)?.get(stream)
    },
    async sample(identity, limit) {
      return [...(data.snapshots.get(identity) ?? [])]
        .slice(0, limit)
        .map(([stream, snapshot]) => ({ stream, ...snapshot }))
    },
    async drop(identity) {
      data.snapshots.delete(identity)
    },
    async forget(stream) {
      return [...data.snapshots.values()].filter((ofIdentity) => ofIdentity.delete(stream)).length
    },
  }
}

/** After `close` every method that answers a promise rejects; `close` itself may be repeated. */
function guarded<T extends object>(section: T, isClosed: () => boolean): T {
  const names = Object.keys(section) as (keyof T)[]
  const copy = { ...section }
  for (const name of names) {
    const method = section[name]
    if (typeof method !== 'function' || name === 'close' || name === 'watch' || name === 'turnMs') continue
    copy[name] = (async (...args: unknown[]) => {
      if (isClosed()) throw failure('EW_CLOSED', `The store memory is closed, and ${String(name)} was called.`)
      return method.apply(section, args) as unknown
    }) as T[keyof T]
  }
  return copy
}
