import type { Clock } from '../../base/clock.ts'
import { isEventwrightError } from '../../base/errors.ts'
import type { Broker } from '../../ports/broker.ts'
import type { Store } from '../../ports/store.ts'
import type { StopDeadline } from '../stop-deadline.ts'
import { storePauseMs } from './store-pause.ts'

/**
 * The store with everything beside `commit` tried again while other processes hold its lock or its server cannot be
 * reached, up to a deadline; then EW_STORE_BUSY or EW_STORE_UNREACHABLE. Commits are left alone, since the commit queue
 * has its own patience. A busy store has done nothing; one that broke off may have, and everything here may be done
 * twice: it reads, or says what shall be, or compares first. Behind the deadline of a stop nothing more is asked of a
 * server that was out of reach then.
 */
export function patientStore(store: Store, clock: Clock, deadlineMs: number, stop?: Pick<StopDeadline, 'atMs'>): Store {
  const ended = (): boolean => stop !== undefined && clock.now() >= stop.atMs()
  let gone: unknown
  const retry = async <T>(call: () => Promise<T>): Promise<T> => {
    if (gone !== undefined) throw gone
    const deadline = clock.now() + deadlineMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        const unreachable = isEventwrightError(error, 'EW_STORE_UNREACHABLE')
        if (unreachable && ended()) gone ??= error
        const again = unreachable || isEventwrightError(error, 'EW_STORE_BUSY')
        if (!again || clock.now() >= deadline || ended()) throw error
        await clock.sleep(storePauseMs(attempt, unreachable))
      }
    }
  }
  const patient = <T extends object>(section: T): T => {
    const methods = new Map<PropertyKey, unknown>()
    return new Proxy(section, {
      get(target, name) {
        const known = methods.get(name)
        if (known !== undefined) return known
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        const method = (...args: unknown[]): Promise<unknown> =>
          retry(() => member.apply(target, args) as Promise<unknown>)
        methods.set(name, method)
        return method
      },
    })
  }
  return {
    storeId: store.storeId,
    name: store.name,
    shared: store.shared,
    remote: store.remote,
    buckets: store.buckets,
    sql: store.sql,
    commit: (units) => (gone === undefined ? store.commit(units) : Promise.reject(gone)),
    ...(store.prepare !== undefined && { prepare: store.prepare }),
    within: store.within,
    turnMs: () => store.turnMs(),
    log: patient(store.log),
    ownership: patient(store.ownership),
    inbox: patient(store.inbox),
    parked: patient(store.parked),
    snapshots: patient(store.snapshots),
    streams: patient(store.streams),
    correlations: patient(store.correlations),
    views: patient(store.views),
    builds: patient(store.builds),
    outbox: patient(store.outbox),
    sagas: patient(store.sagas),
    timers: patient(store.timers),
    broker: store.broker && patientBroker(store.broker, patient(store.broker)),
    query: (sql, params) => retry(() => store.query(sql, params)),
    watch: (listener) => store.watch(listener),
    now: () => retry(() => store.now()),
    close: () => store.close(),
  }
}

/** What answers at once or must not be repeated stays as it is. */
function patientBroker(broker: Broker, patient: Broker): Broker {
  return {
    name: broker.name,
    capabilities: broker.capabilities,
    ...(broker.capabilitiesOf && { capabilitiesOf: (channel) => patient.capabilitiesOf!(channel) }),
    ...(broker.waiting && { waiting: (channel, group) => patient.waiting!(channel, group) }),
    ...(broker.deadLetter && { deadLetter: (...letter) => broker.deadLetter!(...letter) }),
    ...(broker.partitionOf && { partitionOf: (key, partitions) => broker.partitionOf!(key, partitions) }),
    ...(broker.forget && { forget: (channel, group) => patient.forget!(channel, group) }),
    ensure: (channels) => patient.ensure(channels),
    publish: (messages) => patient.publish(messages),
    join: (channel, group) => patient.join(channel, group),
    bounds: (channel) => patient.bounds(channel),
    offsetAt: (channel, partition, timeMs) => patient.offsetAt(channel, partition, timeMs),
    watch: (listener) => broker.watch(listener),
    trim: (nowMs, limits) => patient.trim(nowMs, limits),
    remove: (channel) => patient.remove(channel),
    close: () => broker.close(),
  }
}
