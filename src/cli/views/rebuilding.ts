import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { signal } from '../../base/signal.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { AnySystem } from '../../design/system.ts'
import type { Owned } from '../../design/graph.ts'
import type { Store } from '../../ports/store.ts'
import { commitLimits } from '../../runtime/commit-queue.ts'
import { LogEvent } from '../../runtime/log-event.ts'
import { logReader } from '../../runtime/log-reader.ts'
import { space } from '../../runtime/space.ts'
import { viewKeeper, type ViewKeeper } from '../../runtime/view-keeper.ts'

/** A view that is being built anew from this process; it alone runs here, no command and no subscription. */
export interface Rebuilding {
  readonly generation: number
  /** How far it is; `done` once it was swapped in, by this process or by one that runs the system. */
  look(): Promise<{ readonly position: number; readonly of: number; readonly done: boolean }>
  /** Gives up what this process holds and closes the store; what is not finished, a running system goes on with. */
  close(): Promise<void>
}

/** Begins to build a view anew. The store belongs to what is answered. */
export async function rebuilding(
  system: AnySystem,
  { definition: projection, service }: Owned<AnyProjection>,
  store: Store,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Rebuilding> {
  const wake = signal()
  const unwatch = store.watch(() => wake.raise())
  const wrap = (stored: ConstructorParameters<typeof LogEvent>[0]): LogEvent =>
    new LogEvent(stored, system.graph.events.get(stored.type)?.definition)
  const reader = logReader(store.log, (page) => page.map(wrap))
  const main = space({
    store,
    clock,
    log,
    wake,
    owner: newId(),
    leaseMs: 10_000,
    backstopMs: 1_000,
    buckets: 1,
    limits: commitLimits,
    reader: () => reader,
  })
  let keeper: ViewKeeper | undefined
  const close = async (): Promise<void> => {
    unwatch()
    await keeper?.stop()
    await main.close()
  }
  try {
    keeper = await viewKeeper({
      service,
      projection,
      space: main,
      clock,
      log,
      wake,
      stuckAfter: 100,
      pageEvents: 1_000,
      mode: 'production',
      head: () => store.log.head(0),
      eventsAt: async (positions) => (await store.log.at(positions)).map(wrap),
    })
    const generation = await keeper.rebuild()
    return { generation, close, look: lookAt(keeper, generation, store) }
  } catch (error) {
    await close()
    throw error
  }
}

function lookAt(keeper: ViewKeeper, generation: number, store: Store): Rebuilding['look'] {
  const { name } = keeper.projection
  return async () => {
    await keeper.tend()
    const builds = await keeper.generations()
    const build = builds.find((each) => each.generation === generation)
    const stopped = keeper.consumers().find(({ status }) => status.state === 'stopped')
    if (stopped !== undefined && build?.state === 'building') {
      throw failure('EW_STUCK', `Building the view ${name} has stopped: ${stopped.status.problem ?? 'no reason given'}`)
    }
    const of = await store.log.head(0)
    // A generation that is gone was swapped in and replaced again meanwhile.
    return { position: build?.position ?? of, of, done: build?.state !== 'building' }
  }
}
