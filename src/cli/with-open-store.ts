import type { Command } from 'commander'
import type { Store } from '../ports/store.ts'
import type { Io } from './io.ts'
import type { StoreChoice } from './store-choice.ts'
import { openExisting } from './store-of.ts'

/** Opens the store that must be there, does the work and closes it, whatever became of the work. */
export async function withOpenStore(
  command: Command,
  choice: StoreChoice,
  io: Io,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await openExisting(command, choice, io)
  try {
    await work(store)
  } finally {
    await store.close()
  }
}
