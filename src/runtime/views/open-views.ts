import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import { viewChannelOf, type ViewChannel } from '../../design/view-channel.ts'
import { bucketOfKey } from '../../ports/ownership.ts'
import type { LogReader } from '../log/reader.ts'
import type { Space } from '../loop/space.ts'
import { ChannelEvent } from '../messages/channel-event.ts'
import { viewChanges } from './changes.ts'
import { channelChanges } from './channel-changes.ts'
import type { ViewKeeper } from './keeper.ts'
import { view, type AnyView, type ViewSource } from './views.ts'

/** What reading the views of this process needs. */
export interface OpenViewsOptions {
  readonly graph: Graph
  readonly keepers: ReadonlyMap<string, ViewKeeper>
  readonly main: Space
  /** Where the rows of live views are. */
  readonly live: Space
  readonly reader: LogReader
  readonly wake: Signal
  readonly clock: Clock
  /** Ends every wait and every watch. */
  readonly stop: AbortSignal
  definitionOf(type: string): AnyEvent | undefined
}

/** The views of this process by their names. */
export function openViews(options: OpenViewsOptions): Readonly<Record<string, AnyView>> {
  const { graph, keepers, main, live, reader, wake, stop } = options
  const open: Record<string, AnyView> = Object.create(null)
  for (const [name, keeper] of keepers) {
    const within = keeper.projection.mode === 'live' ? live : main
    const fed = viewChannelOf(graph, name)
    if (fed !== undefined) {
      open[name] = channelView(options, keeper, fed)
      continue
    }
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
          stop: eitherOf(stop, signal),
        }),
    })
  }
  return Object.freeze(open)
}

/** A view of events of another service: what it has applied is known by the keys of the events. */
function channelView(
  options: OpenViewsOptions,
  keeper: ViewKeeper,
  { channel, service, events }: ViewChannel,
): AnyView {
  const { main, wake, clock, stop, definitionOf } = options
  const { inbox, parked, broker } = main.store
  const types = new Set(events.map(({ type }) => type))
  return view({
    storeId: main.store.storeId,
    parked,
    source: () => keeper.read(),
    reached: async () => keeper.read(),
    async applied(receipt, timeoutMs, key) {
      const deadline = clock.now() + timeoutMs
      const wanted = receipt.filter(({ type }) => types.has(type)).map(({ stream, version }) => `${stream}@${version}`)
      for (;;) {
        const seen = wake.seen()
        const { consumer } = keeper.read()
        if ((await inbox.among(service, consumer, wanted)).size === wanted.length) return true
        // What waits behind a message that failed may wait for long, and the row says that it is stale.
        if (key !== undefined && (await parked.among(consumer, [key])).has(key)) return true
        const leftMs = deadline - clock.now()
        if (leftMs <= 0 || stop.aborted) return false
        await wake.after(seen, Math.min(leftMs, appliedAgainMs), stop)
      }
    },
    changes: (signal) =>
      channelChanges({
        view: keeper.projection.name,
        channel: channel.name,
        broker: broker!,
        ownership: main.store.ownership,
        progress: main.progress,
        wake,
        clock,
        source: () => keeper.read(),
        event: (message) => new ChannelEvent(message, definitionOf),
        stop: eitherOf(stop, signal),
      }),
  })
}

function eitherOf(stop: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal === undefined ? stop : AbortSignal.any([stop, signal])
}

/** Commits of other processes are heard of, but not always. */
const appliedAgainMs = 1_000

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
