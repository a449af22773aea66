import { failure } from '../base/errors.ts'
import type { Signal } from '../base/signal.ts'
import type { ParkedTable } from '../ports/parked.ts'
import { unknownView, type ViewKeeper } from './view-keeper.ts'

/** What an operator does. Actions are marked in the store, so it does not matter which process is asked. */
export interface Operate {
  /** Replays a parked key from its failed event on, through today's code. Error: EW_PARKED when it is not parked. */
  resume(consumer: string, key: string): Promise<void>
  /** Resumes every parked key of a consumer; answers how many. */
  resumeAll(consumer: string): Promise<number>
  /** Builds a view anew beside the live one and swaps it in; answers its generation. Live views: EW_VIEW_UNKNOWN. */
  rebuild(view: string): Promise<number>
}

/**
 * The actions of an operator over parked keys and views; `tables` are those of the store and of this process's live
 * views.
 */
export function operate(
  tables: readonly ParkedTable[],
  keepers: ReadonlyMap<string, ViewKeeper>,
  wake: Signal,
): Operate {
  return {
    async resume(consumer, key) {
      let found = false
      for (const parked of tables) if (await parked.resume(consumer, key)) found = true
      if (!found) {
        throw failure('EW_PARKED', `The key "${key}" of ${consumer} is not parked.`, { details: { consumer, key } })
      }
      wake.raise()
    },
    async resumeAll(consumer) {
      let count = 0
      for (const parked of tables) count += await resumeEach(parked, consumer)
      wake.raise()
      return count
    },
    async rebuild(view) {
      const keeper = keepers.get(view)
      if (keeper === undefined || keeper.projection.mode === 'live') throw unknownView(view)
      return keeper.rebuild()
    },
  }
}

async function resumeEach(parked: ParkedTable, consumer: string): Promise<number> {
  let after: { consumer: string; key: string } | undefined
  let count = 0
  for (;;) {
    const page = await parked.list({ consumer, limit: 500, ...(after && { after }) })
    for (const { key } of page) if (await parked.resume(consumer, key)) count++
    if (page.length < 500) return count
    after = { consumer, key: page.at(-1)!.key }
  }
}
