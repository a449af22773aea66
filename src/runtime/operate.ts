import type { Clock } from '../base/clock.ts'
import type { Signal } from '../base/signal.ts'
import type { Graph } from '../design/graph.ts'
import type { Store } from '../ports/store.ts'
import { operatorOrders, type OperatorOrders } from './audit/operator-orders.ts'
import { consumerOrders, type ConsumerOrders } from './forgetting/forget-consumer.ts'
import type { Space } from './loop/space.ts'
import { deadLetterOrders, parkedStore, type DeadLetterOrders } from './parking/dead-letters.ts'
import { operateSagas, type OperateSagas } from './saga-runner/operate-sagas.ts'
import { streamOrders, type StreamOrders } from './streams/orders.ts'
import { unknownView, type ViewKeeper } from './views/keeper.ts'
import { rebuildKey, type RebuiltKey } from './views/rebuild-key.ts'

/** What an operator does. Actions are marked in the store, so it does not matter which process is asked. */
export interface Operate {
  /** What is done about messages that failed for good. */
  readonly deadLetters: DeadLetterOrders
  /** Orders to instances of sagas. */
  readonly sagas: OperateSagas
  /** Builds a view anew beside the live one and swaps it in; answers its generation. Live views: EW_VIEW_UNKNOWN. */
  rebuild(view: string): Promise<number>
  /** What is done about single rows. */
  readonly views: ViewOrders
  /** What is done about consumers that no design has any more. */
  readonly consumers: ConsumerOrders
  /** What streams take, and their deletion. */
  readonly streams: StreamOrders
  /** Notes who orders something, and why, before it is done: for what notes nothing by itself. */
  readonly orders: OperatorOrders
}

/** Orders about the rows of views. */
export interface ViewOrders {
  /**
   * Makes one row anew from its events, while everything goes on; what handlers record as SQL is not run. Errors:
   * EW_VIEW_UNKNOWN, EW_KEY_PARKED, EW_VIEW_REPLAY, EW_UNIQUE, EW_CONCURRENCY, EW_OWNERSHIP_LOST.
   */
  rebuildKey(view: string, key: string): Promise<RebuiltKey>
}

/** What the actions of an operator need of the system at work. */
export interface OperatedSystem {
  readonly graph: Graph
  readonly store: Store
  readonly main: Space
  readonly live: Space
  readonly clock: Clock
  readonly wake: Signal
  readonly keepers: ReadonlyMap<string, ViewKeeper>
  /** Fires at the stop, which ends long work. */
  readonly stopping: AbortSignal
  /** Does the work, which the stop waits for; EW_CLOSED once that has begun. */
  accepted<T>(what: string, work: () => Promise<T>): Promise<T>
  /** Drops what is remembered of streams that were deleted. */
  forget(streams: readonly string[]): void
}

/** The actions of an operator. */
export function operate(system: OperatedSystem): Operate {
  const { graph, main, live, clock, wake, keepers, stopping, accepted } = system
  const rows = { graph, store: main.fresh, commit: main.queue.commit, clock }
  const stores = [main, live].map(({ store, queue }) => parkedStore(store, queue))
  const sagaOf = (name: string) => graph.sagas.get(name)?.definition
  return {
    deadLetters: deadLetterOrders(stores, graph, wake),
    sagas: operateSagas({ store: system.store, commit: main.queue.commit, sagaOf }),
    rebuild: (view) =>
      accepted('a rebuild', async () => {
        const keeper = keepers.get(view)
        if (keeper === undefined || keeper.projection.mode === 'live') throw unknownView(view)
        return keeper.rebuild()
      }),
    views: {
      rebuildKey: (view, key) => accepted('a rebuild', () => rebuildKey(view, key, { ...rows, signal: stopping })),
    },
    consumers: {
      forget: (...given) => accepted('an order', () => consumerOrders(rows).forget(...given)),
    },
    streams: acceptedStreamOrders(system),
    orders: operatorOrders(rows),
  }
}

function acceptedStreamOrders({ main, clock, stopping, accepted, forget }: OperatedSystem): StreamOrders {
  const deleted = (stream: string): void => forget([stream])
  const orders = streamOrders({ store: main.fresh, commit: main.queue.commit, clock, deleted })
  return {
    archive: (...given) => accepted('an order', () => orders.archive(...given)),
    reopen: (...given) => accepted('an order', () => orders.reopen(...given)),
    delete: (stream, { signal: end = stopping, ...order }) =>
      accepted('an order', () => orders.delete(stream, { ...order, signal: AbortSignal.any([end, stopping]) })),
  }
}
