import type { TestContext } from 'node:test'
import {
  aggregate,
  command,
  event,
  projection,
  service,
  start,
  system,
  systemClock,
  t,
  type StoreAdapter,
} from 'eventwright'
import { silentLog } from '../../../src/base/log.ts'
import { signal } from '../../../src/base/signal.ts'
import type { Store } from '../../../src/ports/store.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { LogEvent } from '../../../src/runtime/log/event.ts'
import { logReader } from '../../../src/runtime/log/reader.ts'
import { space } from '../../../src/runtime/loop/space.ts'
import { viewKeeper, type ViewKeeper } from '../../../src/runtime/views/keeper.ts'
import { altered } from '../stores.fixture.ts'

export const Marked = event('Marked', { id: t.string(), keys: t.array(t.string()) })
export const Mark = command('Mark', { id: t.string(), keys: t.array(t.string()) })
export const Sheet = aggregate('Sheet', { events: [Marked], commands: [Mark], id: (c) => c.id, initial: () => 0 })
  .evolve({ Marked: (times) => times + 1 })
  .decide({ Mark: (c) => Marked(c) })

/** Every row holds the events of its key in the order in which they were applied: nothing is missing or double. */
export const marks = (told: (key: string, id: string) => void = () => undefined) =>
  projection('marks', { from: [Marked], key: (e) => e.keys, row: { seen: t.string() } }).on({
    Marked(row, e, { key }) {
      told(key, e.id)
      return { seen: `${row?.seen ?? ''} ${e.id}` }
    },
  })

export const writing = system('sheets', { services: [service('sheets', { parts: [Sheet] })] })
export const sheets = (view: ReturnType<typeof marks>) =>
  system('sheets', { services: [service('sheets', { parts: [Sheet, view] })] })

/** A store whose consumers are divided, and which processes share. */
export function divided(adapter: StoreAdapter, buckets: number): StoreAdapter {
  const buckets_ = { projections: buckets, subscriptions: buckets, relay: buckets, sagas: buckets }
  return altered(adapter, () => ({ shared: true, buckets: buckets_ }))
}

/** What a replay of all events leaves in the rows. */
export function replayed(events: readonly { readonly id: string; readonly keys: readonly string[] }[]): object {
  const rows: Record<string, string> = {}
  for (const { id, keys } of events) for (const key of new Set(keys)) rows[key] = `${rows[key] ?? ''} ${id}`
  return rows
}

/** Writes events in an order that is known. */
export async function writer(t: TestContext, store: StoreAdapter) {
  const open = await start(writing, { store })
  t.after(() => open.stop())
  const written: { readonly id: string; readonly keys: readonly string[] }[] = []
  return {
    written,
    async mark(keys: readonly string[]): Promise<void> {
      const id = `e${written.length}`
      written.push({ id, keys })
      await open.execute(Mark({ id, keys: [...keys] }))
    },
  }
}

/** A process that does nothing but feed the view. */
export interface Feeding {
  readonly store: Store
  readonly keeper: ViewKeeper
  /** Until it wakes it renews nothing, and what it commits has to wait. */
  sleep(): void
  wake(): void
  stop(): Promise<void>
}

/** Starts one; its leases are short, so that they are soon lost. It falls asleep after a commit if `tires` says so. */
export async function feeding(
  adapter: StoreAdapter,
  owner: string,
  buckets: number,
  tires: () => boolean = () => false,
): Promise<Feeding> {
  const real = await divided(adapter, buckets).open({ clock: systemClock })
  let sleeping: { readonly over: Promise<void>; end(): void } | undefined
  let isLeaving = false
  const awake = async (): Promise<void> => sleeping?.over
  const sleep = (): void => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    sleeping ??= { over, end }
  }
  const { ownership } = real
  const store: Store = {
    ...real,
    async commit(units) {
      await awake()
      const outcomes = await real.commit(units)
      if (!isLeaving && tires()) sleep()
      return outcomes
    },
    ownership: {
      ...ownership,
      renew: (held, ttlMs) => (sleeping === undefined ? ownership.renew(held, ttlMs) : Promise.resolve(held)),
      claim: (...of) => awake().then(() => ownership.claim(...of)),
      release: (held) => awake().then(() => ownership.release(held)),
      list: (consumer) => awake().then(() => ownership.list(consumer)),
    },
  }
  const wake = signal()
  const unwatch = store.watch(() => wake.raise())
  const wrap = (page: Parameters<Parameters<typeof logReader>[1]>[0]) => page.map((each) => new LogEvent(each, Marked))
  const reader = logReader(store.log, wrap)
  const shared = { clock: systemClock, log: silentLog, wake }
  const terms = { owner, leaseMs: 150, backstopMs: 30, limits: commitLimits, reader: () => reader }
  const work = space({ ...shared, ...terms, store })
  const keeper = await viewKeeper({
    ...shared,
    projection: marks(),
    space: work,
    stuckAfter: 100,
    pageEvents: 7,
    buckets,
    mode: 'production',
    head: () => store.log.head(0),
    again: async (waiting) => wrap(await store.log.at(waiting.map(({ position }) => position))),
  })
  const rouse = (): void => {
    sleeping?.end()
    sleeping = undefined
  }
  return {
    store,
    keeper,
    sleep,
    wake: rouse,
    async stop() {
      isLeaving = true
      rouse()
      unwatch()
      await keeper.stop()
      await work.close()
    },
  }
}
