import type { Command } from 'commander'
import type { Graph } from '../design/graph.ts'
import type { Store } from '../ports/store.ts'
import type { Io } from './io.ts'
import type { StoreChoice } from './store-choice.ts'
import { openExisting } from './store-of.ts'
import { withViewsOf, type ViewsChoice } from './views-choice.ts'

/**
 * Opens the store that must be there, does the work and closes it, whatever became of the work. With a system the rows
 * of its views are where the choice says.
 */
export async function withOpenStore(
  command: Command,
  choice: StoreChoice & ViewsChoice,
  io: Io,
  work: (store: Store) => Promise<void>,
  graph?: Graph,
): Promise<void> {
  const opened = await openExisting(command, choice, io)
  const store = graph === undefined ? opened : await withViewsOf(opened, graph, choice, io)
  try {
    await work(store)
  } finally {
    await store.close()
  }
}
