import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { inTurn } from '../../base/in-turn.ts'
import { silentLog } from '../../base/log.ts'
import { signal as newSignal } from '../../base/signal.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { AnySystem } from '../../design/system.ts'
import { viewChannelOf } from '../../design/view-channel.ts'
import type { Store } from '../../ports/store.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { commitLimits } from '../commits/limits.ts'
import { LogEvent } from '../log/event.ts'
import { logReader } from '../log/reader.ts'
import { space } from '../loop/space.ts'
import { inspect } from '../inspect.ts'
import { isElsewhere } from './apart.ts'
import { withFedBuilds } from './fed-builds.ts'
import { unknownView, viewKeeper, type BuildProgress, type ViewKeeper } from './keeper.ts'
import { viewConsumer } from './table.ts'

/** How a view is rebuilt. */
export interface RebuildOptions {
  readonly clock: Clock
  /** Breaks it off; the new generation is left to the processes that run the system. */
  readonly signal?: AbortSignal
  /** Told how far it is, again and again, the end included. */
  onProgress?(progress: BuildProgress): void
}

/** How it ended. */
export interface Rebuilt {
  readonly generation: number
  /** True once it was swapped in, by this process or by one that runs the system; false when it was broken off. */
  readonly finished: boolean
}

const lookEveryMs = 100

/**
 * Builds a view anew beside the live one and swaps it in, in a process that runs nothing else: no command and no
 * subscription. Works beside processes that run the system, which share the work and see the swap, and without any.
 * A view of events of another service is begun here and built by them, since only they have its channel at hand.
 * The store is closed at the end, whatever that is. Errors: EW_VIEW_UNKNOWN, also for live views; EW_CONFIG where a
 * newer version is in use; EW_STUCK; EW_EVENT_NEWER.
 */
export async function rebuildView(
  system: AnySystem,
  view: string,
  store: Store,
  options: RebuildOptions,
): Promise<Rebuilt> {
  if (viewChannelOf(system.graph, view) !== undefined) return rebuildByOthers(system, view, store, options)
  const wake = newSignal()
  const unwatch = store.watch(() => wake.raise())
  const wrap = (stored: StoredEvent): LogEvent => new LogEvent(stored, system.graph.events.get(stored.type)?.definition)
  const reader = logReader(store.log, (page) => page.map(wrap))
  const { clock, signal } = options
  const shared = { clock, log: silentLog, wake }
  const main = space({
    ...shared,
    store,
    owner: newId(),
    leaseMs: 10_000,
    backstopMs: 1_000,
    limits: commitLimits,
    reader: () => reader,
  })
  let keeper: ViewKeeper | undefined
  try {
    const projection = projectionNamed(system, view)
    await assertHere(store, projection)
    await assertNotOlder(store, projection)
    keeper = await viewKeeper({
      ...shared,
      projection,
      space: main,
      buckets: await bucketsOf(store, projection),
      stuckAfter: 100,
      pageEvents: 1_000,
      mode: 'production',
      head: () => store.log.head(0),
      again: async (waiting) => (await store.log.at(waiting.map(({ position }) => position))).map(wrap),
    })
    const generation = await keeper.rebuild()
    let finished = false
    while (!finished && !signal?.aborted) {
      finished = await look(keeper, generation, store, options)
      if (!finished) await clock.sleep(lookEveryMs, signal)
    }
    return { generation, finished }
  } finally {
    await inTurn(
      unwatch,
      () => keeper?.stop(),
      () => main.close(),
    )
  }
}

async function rebuildByOthers(
  system: AnySystem,
  view: string,
  opened: Store,
  { clock, signal, onProgress }: RebuildOptions,
): Promise<Rebuilt> {
  const store = withFedBuilds(system.graph, opened)
  try {
    const projection = projectionNamed(system, view)
    await assertHere(store, projection)
    await assertNotOlder(store, projection)
    const { version, identity } = projection
    const { generation } = await store.builds.add({ view, version, identity, textHash: projection.textHash() })
    for (;;) {
      const report = (await inspect(store).views()).find((each) => each.view === view && each.generation === generation)
      if (report !== undefined) onProgress?.({ view, position: report.position, of: report.position + report.lag })
      if (report?.state !== 'building') return { generation, finished: true }
      if (signal?.aborted) return { generation, finished: false }
      await clock.sleep(lookEveryMs, signal)
    }
  } finally {
    await store.close()
  }
}

function projectionNamed(system: AnySystem, view: string): AnyProjection {
  const projection = system.graph.projections.get(view)?.definition
  if (projection === undefined) throw unknownView(view)
  if (projection.mode !== 'live') return projection
  throw failure('EW_VIEW_UNKNOWN', `The view ${view} is live: it is built anew whenever a process starts.`)
}

/** As many as the generation in use has, whatever this process was told: those that run the system have theirs. */
async function bucketsOf({ builds, ownership, buckets }: Store, { name }: AnyProjection): Promise<number> {
  const active = (await builds.list(name)).find(({ state }) => state === 'active')
  const rows = active === undefined ? [] : await ownership.list(viewConsumer(name, active.generation))
  return rows.length === 0 ? buckets.projections : rows.length
}

/** A generation in the store beside one that is in use in another database would be read by nobody. */
async function assertHere(store: Store, { name }: AnyProjection): Promise<void> {
  const active = (await store.builds.list(name)).find(({ state }) => state === 'active')
  if (active === undefined || !isElsewhere(active)) return
  throw failure('EW_CONFIG', `The rows of the view ${name} are in another database, which has to be named.`)
}

/** A generation of an older release is never swapped in over a newer one, so there would be no end. */
async function assertNotOlder(store: Store, { name, version }: AnyProjection): Promise<void> {
  const active = (await store.builds.list(name)).find(({ state }) => state === 'active')
  if (active === undefined || active.version <= version) return
  throw failure(
    'EW_CONFIG',
    `The view ${name} is in use in version ${active.version}, and this system declares version ${version}.`,
  )
}

/** Answers true once the generation is no longer being built. */
async function look(
  keeper: ViewKeeper,
  generation: number,
  store: Store,
  { onProgress }: RebuildOptions,
): Promise<boolean> {
  await keeper.tend()
  const build = (await keeper.generations()).find((each) => each.generation === generation)
  const done = build?.state !== 'building'
  if (!done) assertGoesOn(keeper)
  const of = await store.log.head(0)
  // A generation that is gone was swapped in and replaced again meanwhile.
  onProgress?.({ view: keeper.projection.name, position: build?.position ?? of, of })
  return done
}

/** Neither a handler that fails for every key nor an event of a newer release gets better by waiting. */
function assertGoesOn(keeper: ViewKeeper): void {
  const { name } = keeper.projection
  for (const { status } of keeper.consumers()) {
    const why = status.problem ?? 'no reason given'
    if (status.state === 'stopped') throw failure('EW_STUCK', `Building the view ${name} has stopped: ${why}`)
    if (status.state === 'needs newer release')
      throw failure('EW_EVENT_NEWER', `The view ${name} cannot be built by this release: ${why}`)
  }
}
