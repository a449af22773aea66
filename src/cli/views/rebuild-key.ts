import type { Command } from 'commander'
import type { Graph } from '../../design/graph.ts'
import type { Store } from '../../ports/store.ts'
import { commitQueue } from '../../runtime/commits/queue.ts'
import { rebuildKey, type RebuiltKey } from '../../runtime/views/rebuild-key.ts'
import type { Run } from '../io.ts'
import { noted, withReasonIfAny, type Reason } from '../noted-order.ts'
import { withJson, withStore, withSystem } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { progressBar } from '../progress-bar.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withViewsUrl, type ViewsChoice } from '../views-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { assertNamed } from './rebuild.ts'

interface Options extends StoreChoice, ViewsChoice, Reason {
  readonly system: string
}

/**
 * `views rebuild-key <view> <key>`: makes one row anew from its events, beside processes that run the system or without
 * any. Errors: those of `rebuildKey`.
 */
export function viewsRebuildKeyCommand(parent: Command, run: Run): void {
  const command = parent
    .command('rebuild-key')
    .description('Makes one row of a view anew from its events, while the system goes on.')
    .argument('<view>', 'the view')
    .argument('<key>', 'the key of the row')
  withReasonIfAny(withJson(withViewsUrl(withStore(withSystem(command))))).action(
    async (view: string, key: string, { system: file, reason, by, ...choice }: Options) => {
      const { io } = run
      const { graph, ...system } = await systemOf(file, io)
      assertNamed({ ...system, graph }, view)
      const work = async (store: Store): Promise<void> => {
        const rebuilt = await noted(
          { command, choice, run },
          { what: 'rebuild row', of: `${view} ${key}` },
          { reason, by },
          () => keyRebuilt(run, store, graph, view, key),
          (row) => `The row ${whatBecame(row)}.`,
        )
        if (rebuilt === undefined) run.exitCode = 1
        if (run.json) return printJson(io, { view, key, finished: rebuilt !== undefined, ...rebuilt })
        await printLines(io, printable(`${view}: the row ${key} ${whatBecame(rebuilt)}`))
      }
      await withOpenStore(command, choice, io, work, graph)
    },
  )
}

/** Undefined when it was interrupted. */
async function keyRebuilt(
  run: Run,
  store: Store,
  graph: Graph,
  view: string,
  key: string,
): Promise<RebuiltKey | undefined> {
  const { clock, stop: signal } = run.io
  const bar = progressBar(run, `reading ${printable(view)}`)
  const queue = commitQueue(store, clock)
  const onProgress = (position: number, of: number): void => bar.show(position, of)
  try {
    return await rebuildKey(view, key, { graph, store, commit: queue.commit, clock, signal, onProgress })
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined
    throw error
  } finally {
    bar.end()
    await queue.close()
  }
}

function whatBecame(rebuilt: RebuiltKey | undefined): string {
  if (rebuilt === undefined) return 'was left as it is: interrupted'
  const { changed, exists, events, generation } = rebuilt
  const what = changed ? (exists ? 'was made anew' : 'was removed') : 'was right already'
  return `${what} (${events} ${events === 1 ? 'event' : 'events'}, generation ${generation})`
}
