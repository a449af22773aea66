import type { OperatorOrders } from './audit/operator-orders.ts'
import type { ConsumerOrders } from './forgetting/forget-consumer.ts'
import type { DeadLetterOrders } from './parking/dead-letters.ts'
import type { OperateSagas } from './saga-runner/operate-sagas.ts'
import type { StreamOrders } from './streams/orders.ts'
import { unknownView, type ViewKeeper } from './views/keeper.ts'
import type { RebuiltKey } from './views/rebuild-key.ts'

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

/** The actions of an operator. */
export function operate(
  deadLetters: DeadLetterOrders,
  sagas: OperateSagas,
  keepers: ReadonlyMap<string, ViewKeeper>,
  views: ViewOrders,
  consumers: ConsumerOrders,
  streams: StreamOrders,
  orders: OperatorOrders,
): Operate {
  return {
    deadLetters,
    sagas,
    views,
    consumers,
    streams,
    orders,
    async rebuild(view) {
      const keeper = keepers.get(view)
      if (keeper === undefined || keeper.projection.mode === 'live') throw unknownView(view)
      return keeper.rebuild()
    },
  }
}
