import type { DeadLetterOrders } from './parking/dead-letters.ts'
import type { OperateSagas } from './saga-runner/operate-sagas.ts'
import { unknownView, type ViewKeeper } from './views/keeper.ts'

/** What an operator does. Actions are marked in the store, so it does not matter which process is asked. */
export interface Operate {
  /** What is done about messages that failed for good. */
  readonly deadLetters: DeadLetterOrders
  /** Orders to instances of sagas. */
  readonly sagas: OperateSagas
  /** Builds a view anew beside the live one and swaps it in; answers its generation. Live views: EW_VIEW_UNKNOWN. */
  rebuild(view: string): Promise<number>
}

/** The actions of an operator. */
export function operate(
  deadLetters: DeadLetterOrders,
  sagas: OperateSagas,
  keepers: ReadonlyMap<string, ViewKeeper>,
): Operate {
  return {
    deadLetters,
    sagas,
    async rebuild(view) {
      const keeper = keepers.get(view)
      if (keeper === undefined || keeper.projection.mode === 'live') throw unknownView(view)
      return keeper.rebuild()
    },
  }
}
