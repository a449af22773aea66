import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import { bucketOfKey } from '../../ports/ownership.ts'
import type { LogReader } from '../log/reader.ts'
import type { Space } from '../loop/space.ts'
import { viewChanges } from './changes.ts'
import type { ViewKeeper } from './keeper.ts'
import { view, type AnyView, type ViewSource } from './views.ts'

/** What reading the views of this process needs. */
export interface OpenViewsOptions {
  readonly keepers: ReadonlyMap<string, ViewKeeper>
  readonly main: Space
  /** Where the rows of live views are. */
  readonly live: Space
  readonly reader: LogReader
  readonly wake: Signal
  readonly clock: Clock
  /** Ends every wait and every watch. */
  readonly stop: AbortSignal
}

/** The views of this process by their names. */
export function openViews(options: OpenViewsOptions): Readonly<Record<string, AnyView>> {
  const { keepers, main, live, reader, wake, stop } = options
  const open: Record<string, AnyView> = Object.create(null)
  for (const [name, keeper] of keepers) {
    const within = keeper.projection.mode === 'live' ? live : main
    open[name] = view({
      storeId: main.store.storeId,
      parked: within.store.parked,
      source: () => keeper.source(),
      reached: (position, timeoutMs, key) => reached(options, keeper, within, { position, timeoutMs, key }),
      changes: (signal) =>
        viewChanges({
          reader,
          progress: within.progress,
          wake,
          source: () => keeper.source(),
          head: () => main.store.log.head(0),
          stop: signal === undefined ? stop : AbortSignal.any([stop, signal]),
        }),
    })
  }
  return Object.freeze(open)
}

interface Goal {
  readonly position: number
  readonly timeoutMs: number
  readonly key: string | undefined
}

/** A position that comes from another backup says nothing of what the view has applied. */
function isAhead(keeper: ViewKeeper, consumer: string): boolean {
  return keeper.consumers().some(({ status }) => status.name === consumer && status.state === 'ahead')
}

/** When a rebuild is swapped in meanwhile, the wait goes on for the generation that is read from then on. */
async function reached(
  { clock, stop: abort }: OpenViewsOptions,
  keeper: ViewKeeper,
  within: Space,
  { position, timeoutMs, key }: Goal,
): Promise<ViewSource | undefined> {
  const deadline = clock.now() + timeoutMs
  for (;;) {
    const source = keeper.source()
    const bucket = key === undefined ? {} : { bucket: bucketOfKey(key, source.buckets) }
    const wanted = (): boolean => keeper.source() === source
    const limits = { timeoutMs: Math.max(0, deadline - clock.now()), abort, wanted, ...bucket }
    if (await within.progress.reached(source.consumer, position, limits))
      return isAhead(keeper, source.consumer) ? undefined : source
    if (wanted()) return undefined
  }
}
